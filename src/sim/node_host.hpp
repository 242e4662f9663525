#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/node.hpp"
#include "sim/carrier.hpp"
#include "sim/front.hpp"
#include "sim/home.hpp"
#include "sim/stream.hpp"

namespace blotter::sim {

class node_home;
class router_host;
class wire;

/// A node's process: the production core, its end of the link and its viewers' connections.
class node_host final : public front, node::sink {
 public:
  node_host(context& all, std::string name);
  ~node_host() override;
  /// From its next start on it is a member of the cluster, the `number`th process, and links to the routers
  /// that the directory names.
  void live_in(grid& in, home_watcher& watcher, std::uint32_t number);
  home* at_home();
  const home* at_home() const;
  void connect_by(wire& way) { ways_.push_back(&way); }

  // Links.
  void linked(wire& way, std::uint32_t link);
  void unlinked(std::uint32_t link);
  void received(std::uint32_t link, link::to_node message);

  /// What gateways carry.
  carrier& carried() { return carried_; }

  // Viewers.
  void accept(stream& from, request what) override;
  void writable(stream& from) override;
  void closed(stream& from) override;
  /// Asks for a client's rows once; `to` gets the answer, unless the node ends before, and must not call
  /// back. Gives the question's number.
  using answer_hook = std::function<void(std::string answer)>;
  std::uint64_t ask(std::string client, answer_hook to);
  /// The asker has gone: it must not be answered any more.
  void forget(std::uint64_t question);
  /// Says goodbye to its viewers, and ends when they are gone. Where viewers connect themselves it serves on
  /// for `hand_over_time` before that, and asks them to move.
  void drain();
  static constexpr milliseconds hand_over_time{1000};
  /// It leaves, the directory says.
  bool draining() const { return draining_; }
  /// It takes no one up any more.
  bool turns_away() const { return draining_ && !hands_over_; }
  /// This process as a member that gateways know: who restarts is another one.
  std::string member() const { return name() + "." + std::to_string(life()); }
  /// Whether the next death takes the machine along, so that no kernel says goodbye.
  void set_silent_death(bool silent) { silent_death_ = silent; }

  /// The core, while the process lives.
  const node::node* core() const { return core_.get(); }
  std::size_t streams() const { return open_ + carried_.streams(); }
  /// The partitions that it reads from this router.
  table::partition_set reading(const router_host& from) const;

 protected:
  void born() override;
  void died() override;
  void tick() override;
  bool settle() override;

 private:
  bool send(node::viewer_id to, std::string_view events) override;
  void end(node::viewer_id which, ending how) override;
  void send(node::link_id to, link::to_router message) override;
  void answer(node::request_id to, std::string json) override;

  friend class carrier;
  bool lets_in(const request& asked);
  void hand_over();
  void end_streams();

  std::unique_ptr<node::node> core_;
  carrier carried_{*this};
  std::vector<wire*> ways_;
  /// A connection that the core knows of.
  struct linked_way {
    wire* way;
    std::int64_t loading = 0;  ///< subscriptions that have not caught up
  };
  std::map<std::uint32_t, linked_way> links_;
  std::vector<stream*> streams_;  ///< by the core's number
  stream* opening_ = nullptr;
  std::size_t open_ = 0;
  std::map<std::uint64_t, answer_hook> askers_;
  std::uint64_t questions_ = 0;
  bool silent_death_ = false;
  bool draining_ = false;
  bool hands_over_ = false;
  instant hand_over_until_{};
  instant ask_to_move_at_{};
  grid* directory_ = nullptr;
  home_watcher* watcher_ = nullptr;
  std::uint32_t process_ = 0;
  std::unique_ptr<node_home> home_;
};

}  // namespace blotter::sim
