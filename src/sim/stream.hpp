#pragma once

#include <string>
#include <string_view>

#include "node/node.hpp"
#include "sim/context.hpp"

namespace blotter::sim {

class front;
class gateway_host;
class node_host;
class viewer;

/// One viewer's connection to a node, or to a gateway that is a node to it: bytes as TCP carries them: in
/// order, cut anywhere, no more under way than the viewer's side has room for, the rest waiting in the node's
/// socket. Either side may be gone while the other believes in it.
class stream {
 public:
  stream(context& all, front& at, viewer& owner) : all_(all), front_(at), viewer_(owner) {}

  // The node's side.
  /// Takes events whole; false when the socket has more than it should hold: `writable` follows.
  bool send(std::string_view events);
  void end(node::sink::ending how);
  /// Answers with an error instead of a stream.
  void refuse();
  /// The node's process has gone: its kernel says so, unless its machine went as well.
  enum class death : bool { told, silent };
  void node_died(death how);

  // The viewer's side.
  /// Ends it; the node learns of it.
  void close();
  /// Ends it; the node does not learn of it.
  void vanish();
  /// Reads up to `bytes` of what has come; while nothing is read, nothing more comes.
  void read(std::size_t bytes);
  void set_reading(bool reads);

  // The way between.
  void hold();
  void open();
  /// Both sides are told.
  void cut();
  /// Gives up what has made no way for `patience`.
  void watch(milliseconds patience);

  /// When the node was last told to wait: `now` while it waits.
  instant waited_at() const { return waiting_ ? all_.time.now() : waited_at_; }
  bool viewer_listens() const { return viewer_side_; }
  bool node_listens() const { return node_side_; }
  std::size_t buffered() const { return buffer_.size(); }
  std::size_t unread() const { return unread_.size(); }
  instant troubled_at() const { return held_ || !reading_ ? all_.time.now() : troubled_at_; }
  front& at() { return front_; }

 private:
  friend class gateway_host;
  friend class node_host;
  void push();
  void arrive(std::string bytes);
  void take(std::string bytes);
  void tell_node_closed();
  instant arrival();

  context& all_;
  front& front_;
  viewer& viewer_;
  std::string buffer_;         ///< in the node's socket
  std::size_t under_way_ = 0;  ///< sent and not read yet
  std::string unread_;         ///< arrived, and the viewer does not read
  std::string memory_;         ///< of the saboteur
  std::uint32_t id_ = 0;       ///< at the node or gateway, while `node_side_`
  std::uint32_t node_life_ = 0;
  bool node_side_ = false;
  bool viewer_side_ = true;
  bool waiting_ = false;  ///< the node waits for `writable`
  bool finishing_ = false;
  bool held_ = false;
  bool reading_ = true;
  instant last_arrival_{};
  instant moved_at_{};
  instant troubled_at_{};
  instant waited_at_{};
};

}  // namespace blotter::sim
