#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "feed/event.hpp"
#include "link/message.hpp"
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
};

/// What the router can say of itself, for `cluster`, `readyz` and progress lines.
struct router_state {
  enum class feed_phase : std::uint8_t { waiting, loading, current, lost } phase = feed_phase::waiting;
  std::string text;  ///< what it waits for, or why the feed is lost
  table::generation feed = table::generation::none;
  std::uint32_t partitions = 0;
  std::uint32_t partitions_caught_up = 0;
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

  // Links.
  void link_up(link_id link, instant now);
  void link_lost(link_id link);
  void received(link_id link, link::to_router message, instant now);
  /// Heartbeats and progress; at least every 50 ms.
  void tick(instant now);

  // Questions.
  const router_state& state() const { return state_; }
  const table::table_set& tables() const { return tables_; }
  std::size_t subscriptions() const { return subscriptions_.used(); }

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
  void apply(const feed::change_batch& batch);
  void caught_up(const feed::partition_caught_up& what);
  void lost(const feed::feed_lost& what);
  void restored();
  bool serving() const { return state_.partitions > 0 && state_.partitions_caught_up == state_.partitions; }
  link::feed_status status() const;
  void tell_status();

  void subscribe(link_state& link, link::subscribe request);
  void unsubscribe(link_state& link, link::subscription_id id);
  void attach(std::uint32_t slot);
  void detach(std::uint32_t slot);
  void queue(std::uint32_t slot);

  void pump(link_state& link);
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
  std::unordered_map<std::uint32_t, link_state> links_;
  std::vector<bool> partition_caught_up_;
  router_state state_;
};

}  // namespace blotter::router
