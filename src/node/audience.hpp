#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "link/message.hpp"
#include "sse/events.hpp"
#include "table/cursor.hpp"
#include "table/slab.hpp"
#include "table/table_set.hpp"

// Whom a node has rows for: viewers, and the audiences that they are, one of each client.

namespace blotter::node {

/// A viewer, from `open` until the shell says `closed`.
enum class viewer_id : std::uint32_t {};
/// A question of the shell's, answered once.
enum class request_id : std::uint64_t {};

/// How a viewer begins, or begins again.
enum class beginning : std::uint8_t { begun, fresh, bookmark, reset };

/// One viewer, as its node knows it. It has no queue: what it is sent is read from its place in the table.
struct viewer {
  table::cursor at;
  std::string opening;  ///< the bookmark it brought, until it begins
  instant blocked_since{};
  /// What the bookmark that it came back with has seen, until all of that is sure to have come here.
  std::unique_ptr<table::positions> ahead;
  instant behind_since{};  ///< rows are on their way to it; none: it has been sent everything
  instant early_until{};   ///< its bookmark is judged by then, though it has seen more than this node
  std::uint32_t audience = table::no_slot;
  std::uint32_t place = 0;   ///< among the audience's viewers
  std::uint32_t serial = 0;  ///< tells it from others that had its slot
  std::uint8_t beat_s = 5;
  beginning begins = beginning::fresh;
  sse::reset_reason reset{};
  sse::freshness told = sse::freshness::current;
  bool early = false;  ///< in `early_`
  bool live = false;   ///< `live` was sent since it began
  bool was_live = false;
  bool blocked = false;
  bool ending = false;
  bool carried = false;  ///< by a gateway
  bool queued = false;   ///< in `unfinished_`
};

/// A client's rows of one link's partitions.
struct share {
  link::subscription_id id{};  ///< 0: none
  bool caught_up = false;
};

/// The viewers of one client and where its table stands.
struct audience {
  std::string client;
  table::table_id table = table::table_set::no_table;
  std::vector<share> shares;  ///< by the link's slot
  table::positions sure;      ///< how far it went in partitions that have not caught up since
  std::vector<std::uint32_t> viewers;
  std::vector<request_id> requests;
  instant idle_since{};
  /// While it is `settling`, its viewers are told nothing of that before.
  instant settled_by{};
  bool loaded = false;     ///< the table is whole, if perhaps behind
  bool caught_up = false;  ///< and follows a replica of every partition
  bool settling = false;   ///< it was caught up until partitions moved to other links
  bool changed = false;    ///< in `changed_`
  bool idle = false;       ///< in `idle_`
};

}  // namespace blotter::node
