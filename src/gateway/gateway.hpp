#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "directory/member.hpp"
#include "directory/placement.hpp"
#include "gateway/agreement.hpp"
#include "gateway/audience.hpp"
#include "gateway/gateway_options.hpp"
#include "gateway/gray_watch.hpp"
#include "gateway/hold_down.hpp"
#include "gateway/node_links.hpp"
#include "gateway/node_view.hpp"
#include "gateway/reopen_queue.hpp"
#include "gateway/sink.hpp"
#include "gateway/viewer_stream.hpp"
#include "link/stream_message.hpp"
#include "sse/skim.hpp"
#include "table/slab.hpp"

namespace blotter::gateway {

/// A gateway's share of one core: which viewer's stream comes from which node, and what of it was passed on.
/// All viewers of one client go to one node. It keeps of each the last whole event's id; when a node is lost,
/// silent or leaving it opens the same stream on another with that id, and the viewer's connection stays.
/// Lives on one core, told of everything and of the time; bounded by its viewers and links.
class gateway {
 public:
  gateway(gateway_options options, sink& out);

  // The directory.
  /// All members as the directory has them now: on each event of it, and at least each second.
  void see(std::span<const directory::member> all, instant now);
  /// Whether the directory answers: what it said of loads is not trusted while it does not.
  void set_directory(bool reachable);
  /// The answer to `sink::propose`: who has the client by the directory; none when that is not known.
  void proposed(std::string_view client, const std::optional<directory::member_id>& holder, instant now);
  /// Somebody wrote that this node has the client, or the entry has gone. A hint: for a client that is not
  /// here it costs a look, else perhaps a proposal.
  void placement_changed(std::string_view client, const std::optional<directory::member_id>& node);
  /// Such hints may have been lost.
  void placements_doubtful();

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
  /// The node that a viewer of this client should connect to by itself: where the client's viewers here are,
  /// or else would go; the same for all who ask within `place_time`, while it is in order. None while no node
  /// is. It counts as a stream there until the node's own reports do.
  std::optional<directory::member_id> place(std::string_view client, instant now);
  /// Asks for a client's rows once; `sink::answer` gives them when a node has. Asked again elsewhere when it
  /// is lost.
  void ask_rows(request_id request, std::string_view client, instant now);
  /// The asker has gone: no answer is wanted.
  void forget_request(request_id request);

  /// Heartbeats, silence, freshness, streams that wait: at least every 50 ms.
  void tick(instant now);
  /// Says `bye` to every viewer, with its bookmark, and ends them.
  void drain();

  // Questions.
  std::size_t viewers() const { return viewers_.used(); }
  /// That have viewers here or were told of.
  std::size_t clients() const { return clients_.size(); }
  const gateway_counters& counters() const { return counters_; }
  std::vector<node_view> nodes(instant now) const;

 private:
  friend class agreement;  // a part of it

  // Viewers and clients: gateway.cpp.
  std::uint32_t audience_of(std::string_view client);
  void drop_if_empty(std::uint32_t slot);
  /// Calls `act(slot)` for every viewer that there is.
  template <class Act>
  void for_each_viewer(Act&& act) {
    for (std::uint32_t slot = 0; slot < viewers_.end(); ++slot)
      if (viewers_[slot].serial != 0) act(slot);
  }
  void note_taken(std::uint32_t slot);
  void tell_taken();
  void turn_away(std::uint32_t slot);
  void end(std::uint32_t slot, sink::ending how);

  // What nodes say, and what becomes of their links: gateway_links.cpp.
  void take_events(std::uint32_t link, const link::stream_events& what, instant now);
  void pass(std::uint32_t slot, const sse::skimmed& seen, std::string_view events, instant now);
  void follow(viewer_stream& mine, const sse::skimmed& seen);
  void stream_ended(std::uint32_t link, const link::stream_ended& what, instant now);
  void stream_refused(std::uint32_t slot, link::stream_ended::cause why, instant now);
  void break_link(std::uint32_t link, instant now);
  void drop_link(std::uint32_t link, instant now);
  void watch_links(instant now);
  void suspect_link(std::uint32_t link, cause why, instant now);
  void watch_slowness(instant now);
  void send_heartbeats(instant now);
  void echoed(std::uint32_t link, std::uint64_t number, instant now);

  // Which node a client goes to, and how streams get there: gateway_streams.cpp.
  bool usable(const node_peer& node, std::string_view client, instant now) const;
  void follow_nodes(instant now);
  node_number choose(std::string_view client, instant now) const;
  node_number home_of(std::uint32_t audience, instant now);
  void settle(std::uint32_t audience, node_number home, cause why);
  void remember_place(std::uint32_t audience, instant now);
  void forget_places(instant now);
  void want_stream(std::uint32_t slot);
  void lose(std::uint32_t slot, cause why, instant good, instant now);
  void open_waiting(instant now);
  void retry_stranded(instant now);
  bool reopen(std::uint32_t slot, instant now);
  stream_source open_on(std::uint32_t slot, std::uint32_t link, instant now);
  void start(std::uint32_t slot, std::uint32_t link, instant now);
  void close_source(stream_source& which);

  // Make before break: gateway_moves.cpp.
  void relieve(instant now);
  void gather(instant now);
  void scatter(std::uint32_t audience);
  bool gather(audience& of, instant now);
  void begin_move(std::uint32_t slot, std::uint32_t link, cause why, instant now);
  void try_out(std::uint32_t slot, const sse::skimmed& seen, std::size_t size, instant now);
  void cut_over(std::uint32_t slot, instant now);
  void end_move(std::uint32_t slot);
  void give_up_move(std::uint32_t slot, instant now);
  void end_late_moves(instant now);

  // What viewers are told of it: gateway_freshness.cpp.
  bool served(const viewer_stream& mine) const;
  void unserve(std::uint32_t slot, instant good);
  void serve(std::uint32_t slot);
  void follow_unserved(instant now);
  void say(std::uint32_t slot, std::string_view events);
  void tell_stale(std::uint32_t slot, instant now);
  void tell_current_if_so(std::uint32_t slot);
  void caught_up(std::uint32_t slot, instant now);

  // Rows asked for once: gateway_rows.cpp.
  void ask_waiting(instant now);
  void take_answer(std::uint32_t link, link::rows_answer& what);
  void lose_questions(std::uint32_t link, instant now);

  gateway_options options_;
  sink& out_;
  random_source random_;
  directory::placement placement_;
  node_links links_;
  hold_down held_;
  gray_watch gray_;
  reopen_queue waiting_;
  table::slab<viewer_stream, 256> viewers_;
  table::slab<audience, 256> audiences_;
  std::map<std::string, std::uint32_t, std::less<>> clients_;
  std::map<link::question_id, question> questions_;
  std::vector<reopen_queue::entry> stranded_;             ///< viewers for whom there was no node
  std::vector<std::uint32_t> unserved_;                   ///< viewers; some of them are served again
  std::vector<std::uint32_t> taken_due_;                  ///< viewers of whom a node is to be told
  std::deque<std::pair<instant, std::uint32_t>> placed_;  ///< audiences, by when they may be forgotten
  std::deque<std::uint32_t> scattered_;  ///< audiences of whom some may be elsewhere than at home
  std::vector<std::uint32_t> moving_;    ///< viewers
  agreement agreed_{*this};
  std::uint32_t last_serial_ = 0;
  std::uint64_t last_question_ = 0;
  instant beaten_{};  ///< when heartbeats were last sent
  instant retried_{};
  bool nodes_changed_ = false;  ///< somebody who waits may have a node now
  gateway_counters counters_;
  std::string scratch_;
};

}  // namespace blotter::gateway
