#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "link/message.hpp"
#include "node/audience.hpp"
#include "node/beat_wheel.hpp"
#include "node/link_choice.hpp"
#include "node/node_options.hpp"
#include "node/own_lag.hpp"
#include "node/router_link.hpp"
#include "sse/events.hpp"
#include "table/slab.hpp"
#include "table/table_set.hpp"

namespace blotter::node {

/// Where the node's words go. Called from within the node's own calls; must not call back.
class sink {
 public:
  virtual ~sink() = default;
  /// Sends whole events to a viewer, in order. True while more will be taken; after false the node waits for
  /// `node::writable` and sends nothing, so that a viewer has at most one send under way.
  virtual bool send(viewer_id to, std::string_view events) = 0;
  enum class ending : bool { after_sent, at_once };
  /// Ends the viewer's connection. The shell says `node::closed` when it is done.
  virtual void end(viewer_id which, ending how) = 0;
  /// Takes the message for that router, in order. Never full: bounded by the node's clients.
  virtual void send(link_id to, link::to_router message) = 0;
  /// The answer to `node::ask_rows`: JSON.
  virtual void answer(request_id to, std::string json) = 0;
};

/// A blotter service node's share of one core: the tables of the clients that have viewers here, and the
/// viewers. Each viewer is a cursor; what is sent is read from the tables at that moment, so no viewer has a
/// queue and a slow one is sent last values when it can take them. Rows come from replicas: each partition is
/// read from one of the links that serve it, and from another as soon as that one is lost or silent. All that
/// a node holds can be had again from routers. Lives on one core, told of everything and of the time.
class node {
 public:
  node(node_options options, sink& out);

  // Routers.
  void link_up(link_id link, instant now);
  void link_lost(link_id link, instant now);
  void received(link_id from, link::to_node message, instant now);

  // Viewers.
  /// Whether `open` would take one more viewer of this client; counts a refusal.
  [[nodiscard]] result<void> admit(std::string_view client);
  /// Takes up a viewer that was admitted. Its first bytes are sent before this returns, its rows at the next
  /// `flush` or when they come.
  viewer_id open(const view_request& request, instant now);
  void closed(viewer_id which, instant now);
  void writable(viewer_id which, instant now);
  /// Asks for a client's rows once; `sink::answer` gives them as soon as the table is here.
  void ask_rows(request_id request, std::string_view client, instant now);
  /// The asker has gone: no answer is wanted.
  void forget_request(request_id request, instant now);

  /// Sends what has changed to every viewer that can take it: call it when a batch of messages has been
  /// handed in. True when some viewers have more to read; call again after other work had its turn.
  bool flush(instant now);
  /// Beats, silence, idle tables: at least every 100 ms.
  void tick(instant now, wall_time wall);
  /// Asks viewers that no gateway carries to open a stream elsewhere while this one goes on. Those that are
  /// not live yet, or do not read, are left to `drain`.
  void ask_to_move(instant now);
  /// Ends every viewer's stream, after a `bye` to those that no gateway brings elsewhere.
  void drain();

  // Questions.
  std::size_t viewers() const { return viewers_.used(); }
  const table::table_set& tables() const { return tables_; }
  const node_counters& counters() const { return counters_; }
  /// By what links say of the feed.
  sse::freshness freshness() const { return freshness_; }
  /// Partitions that are read from this link.
  table::partition_set reading(link_id link) const;

 private:
  // What links say: node_links.cpp.
  std::uint32_t find(link_id id) const;
  void hear(std::uint32_t link, link::to_node& message, instant now);
  void began(std::uint32_t link, const link::feed_began& what, instant now);
  void begin_generation(const router_link& with);
  void watch_generation(instant now);
  void serves(std::uint32_t link, const link::serving& what, instant now);
  void subscription_began(std::uint32_t link, const link::subscription_began& what);
  void apply(std::uint32_t link, const link::rows& message);
  void caught_up(std::uint32_t link, const link::subscription_caught_up& what, instant now);
  void follow_progress(std::uint32_t link, const link::progress& what);
  void watch_silence(instant now);

  // Which link each partition is read from: node_choice.cpp.
  bool current_generation(const router_link& link) const;
  link_health health(const router_link& link, instant now) const;
  enum class pace : bool { when_complete, at_once };
  void choose(instant now, pace how);
  void choose_when_due(instant now);
  void adopt(link_choice next, instant now);
  std::vector<link_offer> offers(instant now) const;
  void want(std::uint32_t link, const table::partition_set& partitions);
  void subscribe_all(std::uint32_t link);
  void forget_shares(std::uint32_t link);
  void lose_wants(std::uint32_t link, instant now);
  void fall_behind(instant now);
  void settle(instant now);
  void follow_links(instant now);
  void follow_incomplete(instant now);
  void set_freshness(sse::freshness now_is, std::string_view text, instant now);
  void finish_later(std::uint32_t slot);
  void finish_all_later();
  /// `freshness`, or `node` while this loop does not keep up.
  sse::freshness state() const;

  std::uint32_t audience_of(std::string_view client);
  void attach_table(std::uint32_t slot);
  void subscribe(std::uint32_t slot, std::uint32_t link);
  bool has_more_than_sure(const audience& of, const table::partition_set& in);
  void start_over(std::uint32_t slot, std::uint32_t link_that_goes_on);
  std::uint32_t find(std::uint32_t link, link::subscription_id id) const;
  void restart_viewers(audience& of, sse::reset_reason why);
  void answer_requests(audience& of);
  void idle_if_alone(std::uint32_t slot, instant now);
  void drop(std::uint32_t slot);
  void drop_idle(instant now);

  void begin(viewer& mine, const audience& of, instant now);
  bool is_ahead(viewer& mine, const audience& of);
  void look_again(viewer& mine, const audience& of);
  bool await_future(viewer& mine, const audience& of, instant now);
  void begin_anew(viewer& mine, const audience& of, sse::reset_reason why, std::string_view text);
  void pump(std::uint32_t slot, instant now);
  void pump_audience(audience& of, instant now);
  /// Builds the viewer's next events in `scratch_`. True when it is at the tail.
  bool compose(viewer& mine, const audience& of, instant now);
  /// Appends one `rows` event; false when there was nothing to read. Sets `end`.
  bool append_rows(viewer& mine, const audience& of, table::read_end& end);
  std::string_view bookmark_text(viewer& mine, const audience& of);
  sse::proof proof_of(const audience& of) const;
  /// By the clock that beats are told in, as of the last tick; long ago before the first.
  wall_time wall_at(instant now) const;
  sse::freshness freshness_for(const viewer& mine, const audience& of) const;
  void tell_if_behind(viewer& mine, instant now);
  milliseconds lag_of(const viewer& mine, instant now) const;
  void tell_freshness(viewer& mine, sse::freshness state);
  bool send(std::uint32_t slot, std::string_view events, instant now);
  void beat(std::uint32_t slot, instant now, wall_time wall);

  node_options options_;
  sink& out_;
  random_source random_;
  table::table_set tables_;
  table::slab<viewer, 256> viewers_;
  table::slab<audience, 256> audiences_;
  std::vector<std::uint32_t> changed_;     ///< audiences whose table changed since the last flush
  std::vector<std::uint32_t> unfinished_;  ///< viewers that have more to read and can take it
  std::vector<std::uint32_t> early_;       ///< viewers whose bookmark has seen more than is here
  std::deque<std::uint32_t> idle_;  ///< audiences without viewers, oldest first; some have viewers again
  beat_wheel beats_;
  /// The wall clock as of the last tick, and when that was.
  wall_time wall_{};
  instant wall_read_{};
  std::uint32_t next_serial_ = 0;
  std::vector<router_link> links_;  ///< slots: one that is not up is free
  link_choice choice_;
  bool complete_ = false;         ///< every partition has a link
  std::uint32_t partitions_ = 0;  ///< of the generation
  instant abandon_at_{};          ///< when the generation is given up for another, of which there are routers
  std::deque<table::generation> left_;         ///< generations that it went on from, the latest last
  std::vector<table::record_offset> reached_;  ///< by partition: one past the highest row that came
  instant choose_at_{};                        ///< when what is served is taken up though some is not
  instant spread_at_{};                        ///< when partitions are spread over the links
  instant settled_at_{};                       ///< when to look who is still settling
  instant ticked_{};
  sse::freshness freshness_ = sse::freshness::loading;
  std::string freshness_text_;
  instant stale_since_{};
  own_lag own_;
  /// What had come by then, every viewer that could take it had been sent when the last `flush` ended, but
  /// for those who have more to read.
  instant sent_by_{};
  node_counters counters_;
  std::string scratch_;
  std::string id_;
  table::bookmark mark_;
  std::vector<table::row_change> changes_;
};

}  // namespace blotter::node
