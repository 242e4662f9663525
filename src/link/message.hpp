#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "table/bookmark.hpp"
#include "table/position.hpp"
#include "table/row_change.hpp"
#include "table/row_content.hpp"

// What a router and a node say to each other. In one process the messages are moved through mailboxes;
// between processes they are frames of bytes. Either way they arrive in order, whole, or the link is lost.

namespace blotter::link {

/// A node's name for one client's rows on one link. The node chooses it and never uses it twice on a link, so
/// that rows of a subscription that it ended are told from those of the next.
enum class subscription_id : std::uint64_t {};

// From node to router.

/// Send this client's rows: all of them, or those changed since `have` if it is of the router's generation
/// and not from before its horizon. Remembered deletes are sent as well.
struct subscribe {
  subscription_id id;
  std::string client;
  table::bookmark have;
};
struct unsubscribe {
  subscription_id id;
};
/// Everything up to this many bytes (see `row_cost`), counted from the start of the link, has been taken in:
/// the window moves on.
struct taken {
  std::uint64_t bytes_total;
};
/// From here on subscriptions of this link mean rows of these partitions alone: every one of them, in place
/// of those of the last `wanted`. Ends all earlier subscriptions of the link; the node subscribes anew, with
/// new ids and the bookmarks it has. The router sends nothing until it has caught up with all of them and is
/// past `reached`: what other replicas have shown the node, one position a partition at most. Void, with all
/// that follows until the next one, where `reached.feed` is not the router's generation.
struct wanted {
  std::vector<table::partition_id> partitions;
  table::bookmark reached = {};
};

// From router to node.

/// From here on everything belongs to this generation and nothing is served yet: what the node wanted of this
/// link has ended with all its subscriptions. First message of a router that knows its feed.
struct feed_began {
  table::generation feed;
  std::uint32_t partitions;
  std::string reason;  ///< for people; empty the first time
};
/// The partitions that the router holds and has caught up with: every one of them, in place of those of the
/// last `serving`. After `feed_began`, and on each change.
struct serving {
  std::vector<table::partition_id> partitions;
};
/// Answers a subscription: rows follow. `resumed::no`, or said again later: forget what there is of this
/// client in the partitions of this link.
struct subscription_began {
  subscription_id id;
  enum class resumed : bool { no, yes } how;
};
struct row {
  subscription_id id;
  table::row_content content;
  table::position at;
  wall_time time;
  table::change_kind kind;
  bool moved = false;  ///< as in `table::row_view`: its delete is remembered longer
};
/// Rows of any number of subscriptions, oldest change first within each.
struct rows {
  std::vector<row> all;
};
/// The node has everything of this client that the router has in the partitions of this link.
struct subscription_caught_up {
  subscription_id id;
};
/// How far the rows sent so far go, in every wanted partition that moved: for each caught-up subscription the
/// node has every row before `complete`. Deletes before `horizon` may be forgotten.
struct progress {
  struct of_partition {
    table::partition_id partition;
    table::record_offset complete;
    table::record_offset horizon;
    friend bool operator==(const of_partition&, const of_partition&) = default;
  };
  std::vector<of_partition> partitions;
};
/// Whether the router is at the end of the feed with what it serves. `text` is for people.
struct feed_status {
  enum class state : std::uint8_t { loading, current, lost } now;
  std::string text;
};

// Both ways.

/// Sent each `heartbeat_period` by the router and answered by the node at once with the same number, through
/// the loops that serve rows.
struct heartbeat {
  std::uint64_t number;
};
inline constexpr milliseconds heartbeat_period{250};
/// A peer that was not heard for so long is taken for lost: two heartbeats and room for a busy loop.
inline constexpr milliseconds silence_max{750};

using to_router = std::variant<subscribe, unsubscribe, taken, wanted, heartbeat>;
using to_node = std::variant<feed_began, subscription_began, rows, subscription_caught_up, progress,
                             feed_status, serving, heartbeat>;

/// What a row counts against the window, in bytes.
inline std::uint64_t row_cost(const row& one) {
  return sizeof(row) + one.content.key().size() + one.content.value().size();
}

/// A router has at most this many bytes of rows under way on a link, and one row more: beyond it rows wait in
/// the router's tables, where a newer value takes their place.
inline constexpr std::uint64_t window_bytes = 1 << 20;
/// Largest `rows` message: small enough that the first row of a burst is not held up by the last.
inline constexpr std::size_t message_rows_max = 512;

}  // namespace blotter::link
