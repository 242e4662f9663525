#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/event_connection.hpp"
#include "http/service.hpp"
#include "link/message.hpp"
#include "net/core.hpp"
#include "net/mailbox.hpp"
#include "node/node.hpp"
#include "serve/node_cells.hpp"
#include "serve/requests.hpp"

namespace blotter::serve {

/// A node's share of one core, with the core's connections: what a viewer is sent, `node::node` decides; this
/// hands it messages, requests and time, and writes what it says. All on the core, but for `send`.
class node_core final : node::sink, public http::service, public http::event_connection_owner {
 public:
  /// What this core needs of its process; all outlive it.
  struct surroundings {
    net::core& core;
    unsigned cores;  ///< of the process that serve viewers
    http::event_connections& streams;
    metrics::registry& cells;  ///< registered here, so not sealed yet
    std::function<bool(link::to_router&&)> to_router;
    /// Serves what is no one client's: lists, states, metrics.
    std::function<void(node_core&, const http::request&, http::responder)> serve_other;
    std::chrono::seconds beat;  ///< of viewers that ask for none
  };

  node_core(node::node_options options, surroundings around);

  /// The core that holds a client's table and all its viewers.
  static unsigned core_of(std::string_view client, unsigned cores);

  /// Any thread: a message of the router.
  bool send(link::to_node&& message) { return from_router_.try_push(std::move(message)); }

  /// The router is there. Before the core starts.
  void link_up();
  /// Every viewer is said goodbye; their connections end when that has gone out.
  void drain();
  std::size_t viewers() const { return node_.viewers(); }

  net::core& core() { return around_.core; }
  /// Keeps the right to answer until the answer comes from elsewhere, by `answer`.
  std::uint64_t keep(http::responder answer);
  void answer(std::uint64_t request, http::response what);

 private:
  // http::service
  unsigned owner(const http::request& asked) override;
  void serve(http::request asked, http::responder answer) override;
  // http::event_connection_owner
  void writable(http::viewer which) override;
  void closed(http::viewer which, http::close_reason why) override;
  // node::sink
  bool send(node::viewer_id to, std::string_view events) override;
  void end(node::viewer_id which, ending how) override;
  void send(node::link_id to, link::to_router message) override;
  void answer(node::request_id to, std::string json) override;

  void serve_events(const http::request& asked, http::responder answer);
  void serve_rows(const http::request& asked, http::responder answer);
  void gone(node::viewer_id which);
  void flush();
  /// When the loop turns: for what many requests or sockets bring about, one by one.
  void flush_soon();
  void tick(instant now);

  surroundings around_;
  node::node node_;
  node_cells cells_;
  net::mailbox<link::to_node> from_router_;
  std::vector<http::viewer> connections_;      ///< by the node's number
  std::vector<node::viewer_id> viewers_;       ///< by the connection's
  http::viewer opening_ = http::viewer::none;  ///< while the node takes up a viewer
  std::vector<node::viewer_id> ended_;         ///< by us: to be told to the node when it has returned
  std::unordered_map<std::uint64_t, http::responder> pending_;
  std::uint64_t next_request_ = 0;
  bool flush_due_ = false;
};

}  // namespace blotter::serve
