#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "directory/member.hpp"
#include "gateway/gateway_options.hpp"
#include "gateway/node_links.hpp"
#include "link/stream_message.hpp"

namespace blotter::gateway {

/// A viewer, from `open` until the shell says `closed`.
enum class viewer_id : std::uint32_t {};
/// A question of the shell's, answered once.
enum class request_id : std::uint64_t {};

/// Where the gateway's words go. Called from within the gateway's own calls; must not call back.
class sink {
 public:
  virtual ~sink() = default;
  /// Sends whole events to a viewer, in order. Returns how many of these bytes its connection has taken at
  /// once: none while earlier ones wait. The rest is kept by the shell, and told by `gateway::taken` as it
  /// goes; what is kept for a viewer is bounded by `link::stream_window_bytes`, one send of a node's and a
  /// few words of our own.
  virtual std::size_t send(viewer_id to, std::string_view events) = 0;
  enum class ending : bool { after_sent, at_once };
  /// Ends the viewer's connection. The shell says `gateway::closed` when it is done.
  virtual void end(viewer_id which, ending how) = 0;
  /// Takes the message for that node's core, in order. Never full: bounded by the gateway's viewers.
  virtual void send(link_id to, link::to_serving_node message) = 0;
  /// This link is of no use any more: the other end does not keep to the protocol. Break it; the gateway has
  /// forgotten it.
  virtual void give_up(link_id which) = 0;
  /// The answer to `gateway::ask_rows`: JSON.
  virtual void answer(request_id to, std::string json) = 0;
  /// Proposes to the directory that this node has the client, in place of `instead_of` where that is given.
  /// Answered once, by `gateway::proposed`, later.
  virtual void propose(std::string_view client, const directory::member_id& node,
                       const std::optional<directory::member_id>& instead_of) = 0;
  /// A viewer's new stream has brought it up to date: for metrics.
  virtual void rerouted(const reroute& what) = 0;
};

}  // namespace blotter::gateway
