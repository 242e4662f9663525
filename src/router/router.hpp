#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "feed/event.hpp"
#include "link/message.hpp"
#include "table/position.hpp"
#include "table/slab.hpp"
#include "table/table_set.hpp"

namespace blotter::router {

/// A link to one node's core, as the shell numbers them; never used twice.
enum class link_id : std::uint32_t {};

/// Where the router's words go. Called from within the router's own calls; must not call back.
class sink {
 public:
  virtual ~sink() = default;
  /// Takes the message for the node, in order. Never full: rows are bounded by `link::window_bytes`, the rest
  /// by the node's own requests.
  virtual void send(link_id to, link::to_node message) = 0;
};

struct router_options {
  table::table_limits tables;
  std::uint64_t window_bytes = link::window_bytes;
  std::size_t message_rows_max = link::message_rows_max;
  /// Subscriptions of one link; more are refused and counted.
  std::size_t subscriptions_max = 1'000'000;
  /// Over so many bytes of rows it takes up no more partitions and gives up those that it is still loading;
  /// what it serves it goes on serving. 0: no bound.
  std::size_t memory_bytes_max = 0;
  /// A partition that was given up is kept so long for links that still read it: they need a moment to turn
  /// to another replica.
  milliseconds give_up_time = std::chrono::seconds(5);
};

/// What the router can say of itself, for `cluster`, `readyz` and progress lines.
struct router_state {
  enum class feed_phase : std::uint8_t { waiting, loading, current, lost } phase = feed_phase::waiting;
  std::string text;  ///< what it waits for, or why the feed is lost
  table::generation feed = table::generation::none;
  std::uint32_t partitions = 0;            ///< of the feed
  std::uint32_t partitions_held = 0;       ///< by this router
  std::uint32_t partitions_caught_up = 0;  ///< of those held
  std::uint32_t partitions_refused = 0;    ///< that it should hold, and has no memory for
  std::string refusal;                     ///< says why, for people; empty while none is refused
  feed::load_progress load;
  std::uint64_t changes_applied = 0;
  std::uint64_t changes_outdated = 0;       ///< older than what the tables had
  std::uint64_t subscriptions_refused = 0;  ///< ill-formed, twice, or too many
};

/// The Client Data Routing Service: keeps the last value of every row of its partitions and sends each linked
/// node the rows of the clients that it subscribed to. A subscription is a cursor over the client's table, so
/// that a slow node costs the router a place in a list and gets the last values when it reads on. Lives on
/// one core, told of everything and of the time; bounded by rows, remembered deletes and subscriptions.
class router {
 public:
  router(router_options options, sink& out);

  // The feed.
  void handle(const feed::event& what, instant now);
  /// Holds these partitions from here on: takes up what is new among them, gives up the others. All of the
  /// feed's until this is called first. What has no room in memory is refused, until it is asked for again.
  void hold(const table::partition_set& partitions, instant now);
  /// What the feed should give: what is held, and what was given up while links still read it.
  table::partition_set reading() const;
  /// What is held and waits for its `partition_began`.
  table::partition_set awaited() const;

  // Links.
  void link_up(link_id link, instant now);
  void link_lost(link_id link, instant now);
  void received(link_id link, link::to_router message, instant now);
  /// Sends what waits, each link a turn. True when more could be sent: call again after other work had its
  /// turn. To be called when some messages or events have been handed in.
  bool flush();
  /// Heartbeats and progress; at least every 50 ms.
  void tick(instant now);

  // Questions.
  const router_state& state() const { return state_; }
  const table::table_set& tables() const { return tables_; }
  std::size_t subscriptions() const { return subscriptions_.used(); }
  /// Held and caught up.
  const table::partition_set& serving() const { return serving_; }

 private:
  struct link_state;
  struct subscription {
    link::subscription_id id{};
    link_state* link = nullptr;
    std::string client;
    table::table_id table = table::table_set::no_table;
    table::cursor at;
    table::bookmark have;                 ///< what the node brought, until the reading begins
    std::uint32_t next = table::no_slot;  ///< of the same table
    bool reading = false;                 ///< `subscription_began` was sent
    bool caught_up = false;               ///< `subscription_caught_up` was sent
    bool queued = false;
  };
  struct link_state {
    link_id id{};
    table::partition_set wanted;
    table::positions reached;  ///< by the node in those, when it wanted them
    bool in_force = false;     ///< what it wanted, and its subscriptions, are of this generation
    bool ready = false;        ///< all of it is loaded, and past what the node had reached
    std::unordered_map<std::uint64_t, std::uint32_t> subscriptions;  ///< slots, by the node's id
    std::deque<std::uint32_t> unread;  ///< slots with rows to send, each once; `no_slot` where one has ended
    std::uint64_t sent_bytes = 0;
    std::uint64_t taken_bytes = 0;
    bool owes_status = false;  ///< `current` waits until every row from before it is sent
    std::size_t behind = 0;    ///< queued subscriptions that had caught up: the node lacks rows of theirs
    std::vector<link::progress::of_partition> told;
    std::uint64_t told_version = 0;  ///< of the tables' progress
    std::uint64_t beat = 0;
    instant beat_next{};
    instant progress_next{};
  };

  void began(const feed::generation_began& what);
  void began(const feed::partition_began& what, instant now);
  void apply(const feed::change_batch& batch);
  void caught_up(const feed::partition_caught_up& what);
  void lost(const feed::feed_lost& what);
  void restored();
  link::feed_status status() const;
  void tell_status();

  // Partitions.
  void take_up_and_give_up(instant now);
  void let_go_of(table::partition_id partition);
  void let_go_of_unread(instant now);
  void shed_when_full();
  void sweep(std::size_t slots);
  void tell_serving();
  void count_partitions();
  bool all_loaded() const { return state_.partitions > 0 && loaded_.has_all(held_); }
  void look_whether_ready(link_state& link);

  void want(link_state& link, link::wanted what);
  void end_wants(link_state& link);
  void subscribe(link_state& link, link::subscribe request);
  void unsubscribe(link_state& link, link::subscription_id id);
  static std::vector<std::uint32_t> slots_of(const link_state& link);
  void free_subscription(std::uint32_t slot);
  void attach(std::uint32_t slot);
  void detach(std::uint32_t slot);
  void queue(std::uint32_t slot);

  bool pump(link_state& link);
  void pump_all();
  bool window_open(const link_state& link) const;
  /// Reads one subscription's next rows into `message`. True when it is at the tail.
  bool read_into(std::uint32_t slot, link::rows& message);
  void begin_reading(subscription& mine);
  /// Says that the subscription is at the tail, or has it wait until that can be said.
  void catch_up(std::uint32_t slot);
  bool owes_horizon(const link_state& link) const;
  void flush(link_state& link, link::rows& message);
  void tell_progress(link_state& link);
  void tell_progress_when_due(link_state& link, instant now);

  router_options options_;
  sink& out_;
  table::table_set tables_;
  table::slab<subscription, 256> subscriptions_;
  std::map<std::uint32_t, link_state> links_;

  bool holds_all_ = true;
  table::partition_set asked_;                      ///< by `hold`
  table::partition_set held_;                       ///< and not refused
  table::partition_set refused_;                    ///< for want of memory
  std::map<table::partition_id, instant> leaving_;  ///< given up, and until when links may still read it
  table::partition_set begun_;                      ///< the feed gives it, held or leaving
  table::partition_set loaded_;                     ///< of those begun: caught up
  table::partition_set serving_;                    ///< held and loaded; told to the links
  table::table_set::sweep dropping_;  ///< rows of partitions let go of, as far as they are forgotten
  table::partition_set drop_next_;
  router_state state_;
};

}  // namespace blotter::router
