#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/gateway.hpp"
#include "http/event_connection.hpp"
#include "http/service.hpp"
#include "net/core.hpp"
#include "serve/authorize.hpp"
#include "serve/gateway_cells.hpp"
#include "serve/kept_answers.hpp"
#include "serve/requests.hpp"

namespace blotter::serve {

/// Takes a gateway's words to nodes. On the gateway's core.
class node_caller {
 public:
  virtual void carry(gateway::link_id to, const link::to_serving_node& message) = 0;
  /// Breaks a link; the gateway is not told of its end.
  virtual void give_up(gateway::link_id which) = 0;

 protected:
  ~node_caller() = default;
};

/// A gateway's share of one core, with the core's connections: which node a viewer's events come from,
/// `gateway::gateway` decides; this hands it messages, requests and time, and writes what it says. What a
/// viewer's connection does not take at once is kept here, bounded by the window that nodes keep to. All on
/// the core.
class gateway_core final : gateway::sink, public http::service, public http::event_connection_owner {
 public:
  /// Which node has a client: to be asked of the directory.
  struct proposal {
    std::string client;
    directory::member_id node;
    std::optional<directory::member_id> instead_of;
  };
  /// And what that says.
  struct word {
    std::string client;
    std::optional<directory::member_id> node;
    enum class kind : std::uint8_t { answer, change } is;
  };

  /// What this core needs of its process; all outlive it.
  struct surroundings {
    net::core& core;
    unsigned cores;  ///< of the process that serve viewers
    http::event_connections& streams;
    metrics::registry& cells;  ///< registered here, so not sealed yet
    /// Serves what is no one client's: states, metrics.
    std::function<void(kept_answers&, const http::request&, http::responder)> serve_other;
    /// To sign tickets with. None: no viewer is sent to a node itself.
    std::shared_ptr<const auth::ticket_keys> keys = nullptr;
    /// Takes what is to be asked of the directory; each is answered once, by `hear`. None: nothing is asked.
    std::function<void(proposal)> propose = nullptr;
  };

  gateway_core(gateway::gateway_options options, surroundings around);

  /// Before anything is linked; outlives the core.
  void call_by(node_caller& caller) { caller_ = &caller; }

  /// All members as the directory has them, and whether it can be reached: on each change and each second.
  void see(const std::vector<directory::member>& members, bool reachable);

  /// What the directory says of clients' nodes; `doubtful`: and of some it was not heard.
  void hear(std::span<const word> words, bool doubtful);

  // Links.
  void link_up(gateway::link_id link, const directory::member_id& node, std::uint32_t core,
               std::uint32_t cores);
  void link_lost(gateway::link_id link);
  void received(gateway::link_id from, link::to_gateway&& message);
  void received_all();

  /// Every viewer is said goodbye; their connections end when that has gone out.
  void drain();

  const gateway::gateway& state() const { return gateway_; }
  net::core& core() { return around_.core; }

 private:
  /// Of one viewer, at the gateway's number of it.
  struct seat {
    http::viewer connection = http::viewer::none;
    std::uint32_t under_way = 0;  ///< given to the connection, which has yet to write some of it
    std::string waiting;          ///< behind that
  };

  // http::service
  unsigned owner(const http::request& asked) override;
  void serve(http::request asked, http::responder answer) override;
  // http::event_connection_owner
  void writable(http::viewer which) override;
  void closed(http::viewer which, http::close_reason why) override;
  // gateway::sink
  std::size_t send(gateway::viewer_id to, std::string_view events) override;
  void end(gateway::viewer_id which, ending how) override;
  void send(gateway::link_id to, link::to_serving_node message) override;
  void give_up(gateway::link_id which) override;
  void answer(gateway::request_id to, std::string json) override;
  void rerouted(const gateway::reroute& what) override;
  void propose(std::string_view client, const directory::member_id& node,
               const std::optional<directory::member_id>& instead_of) override;

  void serve_events(const http::request& asked, std::string_view client, http::responder answer);
  void serve_rows(const http::request& asked, std::string_view client, http::responder answer);
  void serve_place(const http::request& asked, std::string_view client, http::responder answer);
  std::size_t write(seat& mine, std::string_view events);
  void gone(gateway::viewer_id which);
  /// Tells the gateway of those that it has ended. After each of its calls: it must not be told from within.
  void settle();
  /// When the loop turns: for what many requests or sockets bring about, one by one.
  void turn_soon();
  void tick(instant now);

  surroundings around_;
  gateway::gateway gateway_;
  gateway_cells cells_;
  node_caller* caller_ = nullptr;
  std::vector<seat> seats_;
  std::vector<gateway::viewer_id> viewers_;    ///< by the connection's number
  http::viewer opening_ = http::viewer::none;  ///< while the gateway takes up a viewer
  std::vector<gateway::viewer_id> ended_;
  std::unordered_map<std::string, std::string> urls_;  ///< of members, where tickets are given
  kept_answers kept_;
  bool turn_due_ = false;
};

}  // namespace blotter::serve
