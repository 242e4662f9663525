#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "link/session.hpp"
#include "net/link_connection.hpp"
#include "net/link_stream.hpp"

namespace blotter::net {

/// Who uses the links of one core. Called on that core, never from within a call of its own.
template <class Hears>
class link_owner {
 public:
  /// A peer is there, and is who it should be: messages may be sent.
  virtual void link_up(link_id which, const link::hello& peer) = 0;
  virtual void received(link_id which, Hears&& message) = 0;
  /// All that came at once from this link has been handed over: time to act on it together.
  virtual void received_all(link_id) {}
  /// Once for each `link_up`, whoever ended it.
  virtual void link_lost(link_id which, const link::ending& why) = 0;

 protected:
  ~link_owner() = default;
};

struct link_hub_options {
  link::session_options session;
  /// None: in the clear.
  std::shared_ptr<link_tls> tls;
  /// Connections held at a time, those that have not said hello among them; more are closed unheard, and
  /// counted.
  std::size_t links_max = 4'096;
  /// How long a link that was ended has for its last word to get out.
  milliseconds last_word_max{1'000};
};

struct link_figures {
  std::uint64_t up = 0;       ///< links that there are
  std::uint64_t begun = 0;    ///< that were up, ever
  std::uint64_t lost = 0;     ///< of these
  std::uint64_t refused = 0;  ///< connections that ended before they were up
  std::uint64_t crowded = 0;  ///< connections over `links_max`
};

/// Begins links on connections, whatever is said over them: what who calls and who listens knows of a hub.
class link_beginner {
 public:
  /// How a link that was added ended, after its owner was told: `worked` when the peer said more than hello.
  using ended = std::function<void(const link::ending& why, bool worked)>;
  /// `peer` is the address of who is at the other end, for people; `member` who must answer there, if not
  /// anybody.
  struct beginning {
    calling end = calling::no;
    std::string peer;
    std::string member;
    ended then;
  };
  /// Takes over a connected socket and begins a link on it, with a number that its owner will hear when it is
  /// up. `link_id::none` when there are too many.
  virtual link_id add(link_socket socket, beginning how) = 0;
  virtual boost::asio::io_context& loop() = 0;

 protected:
  ~link_beginner() = default;
};

/// All links of one core, whichever end called: gives each a number, beats their deadlines, says why they
/// end. Everything on the core that runs `loop`, or while it does not run.
template <class Sends, class Hears>
class link_hub final : public link_beginner, link_connection<Sends, Hears>::keeper {
 public:
  using connection = link_connection<Sends, Hears>;
  using session = typename connection::session;

  /// `owner` and `loop` outlive it.
  link_hub(boost::asio::io_context& loop, link_hub_options options, link_owner<Hears>& owner);
  /// Closes every link, telling nobody.
  ~link_hub();
  link_hub(const link_hub&) = delete;
  link_hub& operator=(const link_hub&) = delete;

  link_id add(link_socket socket, beginning how) override;

  /// What links that begin from here on say in their hello, and expect in the peer's.
  void set_topic(std::string topic) { options_.session.self.topic = std::move(topic); }

  /// To a link that is not there any more: nothing. What one turn of the loop sends goes out in one write.
  /// More than may wait ends the link: its owner hears of that later.
  void send(link_id to, const Sends& message);
  void end(link_id which, error_code why);
  /// The process leaves: every peer is told so.
  void end_all();

  /// Of a link that is there, else none. For figures such as its round trip.
  const session* find(link_id which) const;
  const link_figures& figures() const { return figures_; }
  boost::asio::io_context& loop() override { return loop_; }
  /// Nobody is linked, and every last word is out.
  bool empty() const { return links_.empty() && leaving_.empty(); }

 private:
  struct entry {
    std::shared_ptr<connection> of;
    std::string peer;
    ended then;
    bool was_up = false;
  };
  struct leaving {
    std::shared_ptr<connection> of;
    instant until;
  };

  // link_connection::keeper
  void up(link_id which, const link::hello& peer) override;
  void received(link_id which, Hears&& message) override { owner_.received(which, std::move(message)); }
  void received_all(link_id which) override { owner_.received_all(which); }
  void over(link_id which) override;

  void arm();
  void tick(instant now);

  boost::asio::io_context& loop_;
  link_hub_options options_;
  link_owner<Hears>& owner_;
  std::unordered_map<std::uint32_t, entry> links_;
  std::vector<leaving> leaving_;
  std::vector<link_id> ticked_;
  std::uint32_t last_number_ = 0;
  link_figures figures_;
  boost::asio::steady_timer timer_;
};

/// Of a router's core: its peers are nodes. And the other way round.
using router_links = link_hub<link::to_node, link::to_router>;
using node_links = link_hub<link::to_router, link::to_node>;
/// Of a gateway's core: its peers are nodes, which serve its viewers. And the other way round.
using gateway_links = link_hub<link::to_serving_node, link::to_gateway>;
using serving_links = link_hub<link::to_gateway, link::to_serving_node>;

extern template class link_hub<link::to_node, link::to_router>;
extern template class link_hub<link::to_router, link::to_node>;
extern template class link_hub<link::to_serving_node, link::to_gateway>;
extern template class link_hub<link::to_gateway, link::to_serving_node>;

}  // namespace blotter::net
