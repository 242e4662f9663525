#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "directory/member.hpp"
#include "gateway/gateway_options.hpp"
#include "link/stream_message.hpp"

namespace blotter::gateway {

/// A viewer, from `open` until the shell says `closed`.
enum class viewer_id : std::uint32_t {};
/// A link to one core of one node, as the shell numbers them; never used twice.
enum class link_id : std::uint32_t {};
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
  /// A viewer's new stream has brought it up to date: for metrics.
  virtual void rerouted(const reroute& what) = 0;
};

/// A gateway's share of one core: which viewer's stream comes from which node, and what of it was passed on.
/// All viewers of one client go to one node. It keeps of each the last whole event's id; when a node is lost,
/// silent or leaving it opens the same stream on another with that id, and the viewer's connection stays.
/// Lives on one core, told of everything and of the time; bounded by its viewers and links.
class gateway {
 public:
  gateway(gateway_options options, sink& out);
  ~gateway();

  // The directory.
  /// All members as the directory has them now: on each event of it, and at least each second.
  void see(std::span<const directory::member> all, instant now);
  /// Whether the directory answers: what it said of loads is not trusted while it does not.
  void set_directory(bool reachable);

  // Links to nodes: one to each core of each.
  /// `core` of `cores` that serve viewers there. Clients lie on `directory::core_of(client, cores)`.
  void link_up(link_id link, const directory::member_id& node, std::uint32_t core, std::uint32_t cores,
               instant now);
  void link_lost(link_id link, instant now);
  void received(link_id from, link::to_gateway message, instant now);
  /// What one turn of links and viewers brought is here: nodes are told what was taken of their streams.
  void received_all(instant now);

  // Viewers.
  /// Whether `open` would take one more viewer of this client; counts a refusal.
  [[nodiscard]] result<void> admit(std::string_view client);
  /// Takes up a viewer that was admitted. Its stream may begin at once or when there is a node for it.
  viewer_id open(const view_request& request, instant now);
  void closed(viewer_id which, instant now);
  /// So many bytes more of what `sink::send` left to the shell have been taken by the viewer's connection.
  void taken(viewer_id which, std::size_t bytes, instant now);
  /// Asks for a client's rows once; `sink::answer` gives them when a node has. Asked again elsewhere when it
  /// is lost.
  void ask_rows(request_id request, std::string_view client, instant now);
  /// The asker has gone: no answer is wanted.
  void forget_request(request_id request);

  /// Heartbeats, silence, freshness, streams that wait: at least every 50 ms.
  void tick(instant now, wall_time wall);
  /// Says `bye` to every viewer, with its bookmark, and ends them.
  void drain();

  // Questions.
  std::size_t viewers() const;
  /// Viewers whose stream is not served now.
  std::size_t unserved() const;
  const gateway_counters& counters() const;
  /// One node as this gateway finds it.
  struct node_view {
    directory::member_id id;
    std::size_t links = 0;  ///< that are up
    std::uint32_t cores = 0;
    std::size_t streams = 0;
    bool suspect = false;  ///< silent, on one link at least
    bool held = false;     ///< gets no new client, for it was lost too often
    bool gray = false;     ///< much slower than its peers
    milliseconds echo{0};  ///< median of its last echoes
  };
  std::vector<node_view> nodes(instant now) const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace blotter::gateway
