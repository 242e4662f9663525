#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "link/message.hpp"
#include "node/beat_wheel.hpp"
#include "sse/events.hpp"
#include "table/slab.hpp"
#include "table/table_set.hpp"

namespace blotter::node {

/// A viewer, from `open` until the shell says `closed`.
enum class viewer_id : std::uint32_t {};
/// A question of the shell's, answered once.
enum class request_id : std::uint64_t {};

enum class node_errc {
  viewers_max = 1,        ///< the node holds as many viewers as it may
  viewers_per_client_max  ///< this client does
};
error_code make_error_code(node_errc e);

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
  virtual void send(link::to_router message) = 0;
  /// The answer to `node::ask_rows`: JSON.
  virtual void answer(request_id to, std::string json) = 0;
};

struct node_options {
  std::string member;  ///< name of this process, for `hello`
  table::table_limits tables;
  std::size_t viewers_max = 10'000;
  std::size_t viewers_per_client_max = 1'000;
  /// Tables of clients without viewers are kept so long, for those who come back, and at most so many.
  milliseconds idle_table_time = std::chrono::seconds(30);
  std::size_t idle_tables_max = 1'000;
  /// A viewer to whom nothing could be sent for so long is let go.
  milliseconds stuck_time = std::chrono::seconds(30);
  /// Largest `rows` event, in bytes but for its last row: bounds what waits half sent for a slow viewer.
  std::size_t event_bytes_max = 64 * 1024;
  std::size_t event_rows_max = 512;
  /// The router is told what was taken in after so many bytes: each word wakes it. At most half its window.
  std::uint64_t taken_step_bytes = link::window_bytes / 4;
  std::uint64_t seed = 0;  ///< of the spread of beats and retries
};

struct view_request {
  std::string_view client;                   ///< 1 to `table::client_id_size_max` bytes
  std::optional<std::string_view> bookmark;  ///< as it came from outside
  std::chrono::seconds beat{5};              ///< 1 to 30
};

/// Since the start; for metrics.
struct node_counters {
  std::uint64_t events_sent = 0;
  std::uint64_t rows_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t viewers_opened = 0;
  std::uint64_t viewers_resumed = 0;
  std::uint64_t viewers_stuck = 0;
  std::uint64_t viewers_refused = 0;
  std::array<std::uint64_t, 5> resets{};  ///< by `sse::reset_reason`
  std::uint64_t rows_received = 0;
};

/// A blotter service node's share of one core: the tables of the clients that have viewers here, and the
/// viewers. Each viewer is a cursor; what is sent is read from the tables at that moment, so no viewer has a
/// queue and a slow one is sent last values when it can take them. All that a node holds can be had again
/// from a router. Lives on one core, told of everything and of the time.
class node {
 public:
  node(node_options options, sink& out);

  // The router.
  void link_up(instant now);
  void link_lost(instant now);
  void received(link::to_node message, instant now);

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
  /// Says `bye` to every viewer and ends them.
  void drain();

  // Questions.
  std::size_t viewers() const { return viewers_.used(); }
  const table::table_set& tables() const { return tables_; }
  const node_counters& counters() const { return counters_; }
  sse::freshness freshness() const { return freshness_; }

 private:
  /// How a viewer begins, or begins again.
  enum class beginning : std::uint8_t { begun, fresh, bookmark, reset };
  struct viewer {
    table::cursor at;
    std::string opening;  ///< the bookmark it brought, until it begins
    instant blocked_since{};
    std::uint32_t audience = table::no_slot;
    std::uint32_t place = 0;   ///< among the audience's viewers
    std::uint32_t serial = 0;  ///< tells it from others that had its slot
    std::uint8_t beat_s = 5;
    beginning begins = beginning::fresh;
    sse::reset_reason reset{};
    sse::freshness told = sse::freshness::current;
    bool live = false;  ///< `live` was sent since it began
    bool was_live = false;
    bool blocked = false;
    bool ending = false;
    bool queued = false;  ///< in `unfinished_`
  };
  /// The viewers of one client and where its table stands.
  struct audience {
    std::string client;
    table::table_id table = table::table_set::no_table;
    link::subscription_id subscription{};
    std::vector<std::uint32_t> viewers;
    std::vector<request_id> requests;
    instant idle_since{};
    bool loaded = false;     ///< the table is whole, if perhaps behind
    bool caught_up = false;  ///< and follows the router on this link
    bool changed = false;    ///< in `changed_`
    bool idle = false;       ///< in `idle_`
  };

  void began(const link::feed_began& what);
  void subscription_began(const link::subscription_began& what);
  void apply(const link::rows& message);
  void caught_up(const link::subscription_caught_up& what, instant now);
  void follow_feed_status(instant now);
  void set_freshness(sse::freshness now_is, std::string_view text, instant now);

  std::uint32_t audience_of(std::string_view client);
  void attach_table(std::uint32_t slot);
  void subscribe(std::uint32_t slot);
  std::uint32_t find(link::subscription_id id) const;
  void restart_viewers(audience& of, sse::reset_reason why);
  void answer_requests(audience& of);
  void idle_if_alone(std::uint32_t slot, instant now);
  void drop(std::uint32_t slot);
  void drop_idle(instant now);

  void begin(viewer& mine, const audience& of, instant now);
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
  std::deque<std::uint32_t> idle_;  ///< audiences without viewers, oldest first; some have viewers again
  beat_wheel beats_;
  /// The wall clock as of the last tick, and when that was.
  wall_time wall_{};
  instant wall_read_{};
  std::uint32_t next_serial_ = 0;
  bool linked_ = false;
  link::feed_status feed_{link::feed_status::state::loading, {}};
  instant heard_{};  ///< when the router last said something
  instant ticked_{};
  instant resumed_{};    ///< when it spoke again after a silence
  bool silent_ = false;  ///< it was silent, and has not been heard for long enough since
  std::uint64_t taken_bytes_ = 0;
  std::uint64_t taken_told_ = 0;
  sse::freshness freshness_ = sse::freshness::loading;
  std::string freshness_text_;
  instant stale_since_{};
  node_counters counters_;
  std::string scratch_;
  std::string id_;
  table::bookmark mark_;
  std::vector<table::row_change> changes_;
};

}  // namespace blotter::node

template <>
struct boost::system::is_error_code_enum<blotter::node::node_errc> : std::true_type {};
