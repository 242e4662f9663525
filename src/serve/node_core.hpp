#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/event_connection.hpp"
#include "http/service.hpp"
#include "link/message.hpp"
#include "net/core.hpp"
#include "net/mailbox.hpp"
#include "node/node.hpp"
#include "serve/authorize.hpp"
#include "serve/kept_answers.hpp"
#include "serve/node_cells.hpp"
#include "serve/requests.hpp"

namespace blotter::serve {

/// Takes a node's words to viewers who come through gateways. On the node's core.
class viewer_carrier {
 public:
  /// Whether this viewer is one of its own; also while it is being opened.
  virtual bool carries(node::viewer_id which) const = 0;
  /// As `node::sink`.
  virtual bool send(node::viewer_id to, std::string_view events) = 0;
  virtual void end(node::viewer_id which, node::sink::ending how) = 0;
  /// The node has forgotten this viewer.
  virtual void gone(node::viewer_id which) = 0;
  virtual void answer(node::request_id to, std::string json) = 0;
  /// What one turn brought has been said: time to put it on the way together.
  virtual void write() = 0;
  /// Takes no more viewers.
  virtual void begin_drain() = 0;
  /// Every viewer has been ended: no link is of use any more.
  virtual void end_drain() = 0;

 protected:
  ~viewer_carrier() = default;
};

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
    /// Takes the node's words to a router, on this core.
    std::function<void(node::link_id, link::to_router&&)> to_router;
    /// Serves what is no one client's: lists, states, metrics.
    std::function<void(kept_answers&, const http::request&, http::responder)> serve_other;
    std::chrono::seconds beat;  ///< of viewers that ask for none
    admission entry = {};
  };

  node_core(node::node_options options, surroundings around);

  /// The core that holds a client's table and all its viewers.
  static unsigned core_of(std::string_view client, unsigned cores);

  /// Any thread: a message of the router of this process, whose link is number 0.
  bool send(link::to_node&& message) { return from_router_.try_push(std::move(message)); }

  // Links. On the core, or before it starts.
  void link_up(node::link_id link);
  void link_lost(node::link_id link);
  void received(node::link_id from, link::to_node&& message);
  /// What one turn of a link brought is here: viewers are sent it.
  void received_all() { flush(); }

  // Viewers who come through gateways. On the core, or before it starts.
  /// Before the first of them; outlives the core.
  void carry_by(viewer_carrier& carrier) { carrier_ = &carrier; }
  [[nodiscard]] result<void> admit(std::string_view client) { return node_.admit(client); }
  node::viewer_id open(const node::view_request& request);
  void closed(node::viewer_id which);
  void writable(node::viewer_id which);
  /// `request` is of `carried_requests` or above: those below are of our own HTTP surface.
  void ask_rows(node::request_id request, std::string_view client);
  void forget_request(node::request_id request);
  static constexpr std::uint64_t carried_requests = std::uint64_t{1} << 63;
  std::chrono::seconds beat() const { return around_.beat; }

  /// Viewers that came themselves are asked to open a stream elsewhere, where others take them with a ticket.
  void ask_to_move();
  /// Every viewer is said goodbye; their connections end when that has gone out.
  void drain();
  std::size_t viewers() const { return node_.viewers(); }

  /// On the core.
  const node::node& state() const { return node_; }
  net::core& core() { return around_.core; }

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

  void serve_events(const http::request& asked, std::string_view client, http::responder answer);
  void serve_rows(const http::request& asked, std::string_view client, http::responder answer);
  void gone(node::viewer_id which);
  void flush();
  /// When the loop turns: for what many requests or sockets bring about, one by one.
  void flush_soon();
  void tick(instant now);

  surroundings around_;
  node::node node_;
  node_cells cells_;
  net::mailbox<link::to_node> from_router_;
  viewer_carrier* carrier_ = nullptr;
  std::vector<http::viewer> connections_;      ///< by the node's number
  std::vector<node::viewer_id> viewers_;       ///< by the connection's
  http::viewer opening_ = http::viewer::none;  ///< while the node takes up a viewer
  std::vector<node::viewer_id> ended_;         ///< by us: to be told to the node when it has returned
  kept_answers kept_;
  bool flush_due_ = false;
  instant rows_came_{};  ///< the first since the last flush; 0: none did
};

}  // namespace blotter::serve
