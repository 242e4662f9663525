#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "link/stream_message.hpp"
#include "net/link_hub.hpp"
#include "net/link_listener.hpp"
#include "serve/node_core.hpp"

namespace blotter::serve {

/// The streams of a node's core that gateways carry, and the links to those, which call it on a port of the
/// core's own. What the node says in one flush is one message a link, in which the same bytes for many
/// viewers of one client are there once. Each stream has a window (`link::stream_window_bytes`): beyond it
/// the viewer is a cursor that lags, as one whose socket is full, and delays no other on the link. On the
/// core, or before it starts.
class carried_streams final : net::link_owner<link::to_serving_node>, viewer_carrier {
 public:
  /// Opens the port; throws std::runtime_error with a sentence that names --link when it cannot be had.
  carried_streams(node_core& node, net::link_hub_options options, const net::endpoint& at);

  void start() { listener_.start(); }
  /// With the port found.
  const net::endpoint& at() const { return listener_.at(); }
  const net::link_figures& figures() const { return hub_.figures(); }
  /// Any thread.
  std::size_t streams() const { return streams_.load(std::memory_order_relaxed); }
  /// Any thread, after a drain: every gateway has been told all there was to say.
  bool has_left() const { return left_.load(std::memory_order_relaxed); }

 private:
  /// Of one viewer, at the node's number of it.
  struct stream {
    net::link_id link = net::link_id::none;
    link::stream_id id{};
    std::uint64_t sent = 0;
    std::uint64_t taken = 0;
    bool blocked = false;
  };
  struct gateway {
    std::unordered_map<std::uint64_t, node::viewer_id> viewers;  ///< by the stream's number
    link::to_gateway pending = link::stream_events();            ///< what this turn has for it
    bool due = false;                                            ///< in `due_`
  };
  struct question {
    net::link_id from;
    link::question_id id;
  };

  // net::link_owner
  void link_up(net::link_id which, const link::hello& peer) override;
  void received(net::link_id which, link::to_serving_node&& message) override;
  void link_lost(net::link_id which, const link::ending& why) override;
  // viewer_carrier
  bool carries(node::viewer_id which) const override;
  bool send(node::viewer_id to, std::string_view events) override;
  void end(node::viewer_id which, node::sink::ending how) override;
  void gone(node::viewer_id which) override;
  void answer(node::request_id to, std::string json) override;
  void write() override;
  void begin_drain() override;
  void end_drain() override;

  void take(net::link_id from, const link::open_stream& what);
  void take(net::link_id from, const link::close_stream& what);
  void take(net::link_id from, const link::stream_taken& what);
  void take(net::link_id from, const link::ask_rows& what);
  void take(net::link_id from, const link::heartbeat& what);

  stream& of(node::viewer_id which) { return by_viewer_[static_cast<std::uint32_t>(which)]; }
  void forget(node::viewer_id which);
  void write_to(net::link_id which, gateway& to);
  void say_ended(net::link_id to, link::stream_id id, link::stream_ended::cause why);

  node_core& node_;
  net::serving_links hub_;
  net::link_listener listener_;
  std::unordered_map<std::uint32_t, gateway> gateways_;  ///< by their link's number
  std::vector<stream> by_viewer_;
  stream opening_;  ///< while the node takes up its viewer
  std::atomic<std::size_t> streams_{0};
  std::vector<net::link_id> due_;                          ///< links that have something pending
  std::unordered_map<std::uint64_t, question> questions_;  ///< by the number that the node knows
  std::uint64_t last_question_ = node_core::carried_requests;
  bool draining_ = false;
  std::atomic<bool> left_{false};
};

}  // namespace blotter::serve
