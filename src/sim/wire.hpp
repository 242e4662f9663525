#pragma once

#include <deque>
#include <vector>

#include "link/message.hpp"
#include "sim/context.hpp"

namespace blotter::sim {

class node_host;
class router_host;

/// The way between one node and its router, and the connections that the node's transport makes over it, one
/// after the other. Whole messages in order, late by the link's latency; or held back while the way is cut,
/// in one direction or both; or lost with the connection.
class wire {
 public:
  wire(context& all, node_host& node, router_host& router);

  /// The node's process has begun, or wants its connection back.
  void connect();
  /// Whether the node wants this router: a connection that there is stays.
  enum class seeking : bool { no, yes };
  void seek(seeking what);
  void node_died();
  void router_died();
  /// Both ends learn at once, or only the node's; the router's then finds out by silence.
  enum class reset : bool { both_told, one_told };
  void cut(reset how);
  /// Nothing passes in this direction until it is `open` again.
  enum class direction : std::uint8_t { to_node, to_router };
  void hold(direction which);
  void open();
  bool holding() const { return held_[0] || held_[1]; }

  const router_host& router() const { return router_; }
  const node_host& node() const { return node_; }
  /// Which connection this is; others know by it that theirs is gone.
  std::uint32_t number() const { return number_; }
  bool up() const { return up_; }
  /// When anything was last wrong with it.
  instant troubled_at() const { return up_ && !holding() ? troubled_at_ : all_.time.now(); }

  void send_to_node(std::uint32_t number, link::to_node message);
  void send_to_router(std::uint32_t number, link::to_router message);
  /// Both processes have been heard; silent ends are given up. Every 100 ms.
  void watch();

 private:
  void arrive_at_node(std::uint32_t number, link::to_node message);
  void arrive_at_router(std::uint32_t number, link::to_router message);
  instant arrival(direction which);
  void retry();
  void lose(bool tell_node, bool tell_router);
  void watch_half_open();

  context& all_;
  node_host& node_;
  router_host& router_;
  std::uint32_t number_ = 0;
  std::uint32_t node_life_ = 0;
  std::uint32_t router_life_ = 0;
  bool up_ = false;
  bool trying_ = false;
  bool wanted_ = true;
  bool held_[2] = {false, false};
  instant last_arrival_[2]{};
  instant heard_at_node_{};
  instant heard_at_router_{};
  instant troubled_at_{};
  std::uint64_t row_bytes_ = 0;  ///< of rows that the node has not taken yet
  struct half {
    std::uint32_t number;
    std::uint32_t router_life;
    instant since;
  };
  std::vector<half> half_open_;  ///< connections that only the router still believes in
  std::deque<std::pair<std::uint32_t, link::to_node>> waiting_for_node_;
  std::deque<std::pair<std::uint32_t, link::to_router>> waiting_for_router_;
};

}  // namespace blotter::sim
