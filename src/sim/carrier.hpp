#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "link/stream_message.hpp"
#include "node/node.hpp"
#include "sim/stream.hpp"

namespace blotter::sim {

class carry_wire;
class node_host;

/// A node's ends of its links with gateways: what its shell does there. Each stream is a viewer to the core;
/// what a turn has for one gateway is one message, and a stream has no more under way than its window.
class carrier {
 public:
  explicit carrier(node_host& node) : node_(node) {}

  // Links; on the node's loop.
  void linked(carry_wire& way, std::uint32_t link);
  void unlinked(std::uint32_t link);
  void received(std::uint32_t link, const link::to_serving_node& message);

  // What the core says.
  bool carries(node::viewer_id which) const { return opening_ != nullptr || viewers_.contains(which); }
  bool send(node::viewer_id to, std::string_view events);
  void end(node::viewer_id which, node::sink::ending how);
  /// False when it was not asked by a gateway.
  bool answer(node::request_id to, const std::string& json);
  void write();

  /// The node leaves: its viewers here are told nothing, but their gateways are.
  void drain() { draining_ = true; }
  void died(stream::death how);
  /// That the core knows of.
  std::size_t streams() const { return viewers_.size() + ending_; }

 private:
  struct carried {
    std::uint32_t link = 0;
    link::stream_id id{};
    std::uint64_t sent = 0;
    std::uint64_t taken = 0;
    bool blocked = false;
    std::string memory = {};  ///< of the saboteur
  };
  struct gateway {
    carry_wire* way = nullptr;
    std::map<link::stream_id, node::viewer_id> streams = {};
    link::stream_events pending = {};
  };

  void take(std::uint32_t from, const link::open_stream& what);
  void take(std::uint32_t from, const link::close_stream& what);
  void take(std::uint32_t from, const link::stream_taken& what);
  void take(std::uint32_t from, const link::ask_rows& what);
  void take(std::uint32_t from, const link::heartbeat& what);
  void say(std::uint32_t link, link::to_gateway message);
  void forget(node::viewer_id which);
  bool put(carried& mine, std::string_view events);

  node_host& node_;
  std::map<std::uint32_t, gateway> gateways_;
  std::map<node::viewer_id, carried> viewers_;
  std::map<std::uint64_t, std::pair<std::uint32_t, link::question_id>> questions_;
  std::uint64_t last_question_ = std::uint64_t{1} << 40;  ///< beyond those that are asked without a gateway
  carried* opening_ = nullptr;
  std::size_t ending_ = 0;  ///< viewers that the core has ended and not been told to have gone
  bool draining_ = false;
};

}  // namespace blotter::sim
