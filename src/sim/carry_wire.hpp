#pragma once

#include <deque>
#include <vector>

#include "link/stream_message.hpp"
#include "sim/context.hpp"
#include "sim/stream.hpp"

namespace blotter::sim {

class gateway_host;
class node_host;

/// The way between one gateway and one node, and the connections that the gateway makes over it, one after
/// the other: whole messages in order, late by the link's latency; held back while the way is cut; or lost
/// with the connection.
class carry_wire {
 public:
  carry_wire(context& all, gateway_host& gateway, node_host& node);

  /// The gateway's process has begun, or wants its connection back.
  void connect();
  void gateway_died(stream::death how);
  void node_died(stream::death how);
  /// Both ends learn at once, or only the gateway; the node then finds out by silence.
  enum class reset : bool { both_told, one_told };
  void cut(reset how);
  /// Nothing passes in this direction until it is `open` again.
  enum class direction : std::uint8_t { to_gateway, to_node };
  void hold(direction which);
  void open();
  bool holding() const { return held_[0] || held_[1]; }

  node_host& node() const { return node_; }
  /// Which connection this is; others know by it that theirs is gone.
  std::uint32_t number() const { return number_; }
  bool up() const { return up_; }

  void send_to_gateway(std::uint32_t number, link::to_gateway message);
  void send_to_node(std::uint32_t number, link::to_serving_node message);
  /// Gives up silent ends. Every 100 ms.
  void watch();

 private:
  void arrive_at_gateway(std::uint32_t number, link::to_gateway message);
  void arrive_at_node(std::uint32_t number, link::to_serving_node message);
  void tell_node_lost(std::uint32_t number, std::uint32_t life);
  instant arrival(direction which);
  void retry();
  void lose(bool tell_gateway, bool tell_node);

  context& all_;
  gateway_host& gateway_;
  node_host& node_;
  std::uint32_t number_ = 0;
  std::uint32_t node_life_ = 0;
  bool up_ = false;
  bool trying_ = false;
  bool held_[2] = {false, false};
  instant last_arrival_[2]{};
  instant heard_at_gateway_{};
  instant heard_at_node_{};
  struct half {
    std::uint32_t number;
    std::uint32_t node_life;
    instant since;
  };
  std::vector<half> half_open_;  ///< connections that only the node still believes in
  std::deque<std::pair<std::uint32_t, link::to_gateway>> waiting_for_gateway_;
  std::deque<std::pair<std::uint32_t, link::to_serving_node>> waiting_for_node_;
};

}  // namespace blotter::sim
