#pragma once

#include <cstdint>
#include <string>

#include "table/bookmark.hpp"
#include "table/checksum.hpp"
#include "table/position.hpp"
#include "table/row_content.hpp"
#include "table/slab.hpp"

// How a set of tables holds its rows: the set alone makes and links them.

namespace blotter::table {

/// One client's table in its set. Good until the table goes: at `clear`, at `drop`, or when its last row and
/// delete are gone and it bears no tag.
using table_id = std::uint32_t;

/// Whether what is known of the feed's progress holds for a table.
enum class following : bool { no, yes };

/// A row, or a delete that is remembered, in its slot: linked to the table's next older and newer change.
struct held_row {
  std::uint64_t change = 0;  ///< 0: the slot is free
  record_offset offset = 0;
  std::int64_t time_ms = 0;
  row_content content;
  table_id table = no_slot;
  std::uint32_t partition : 30 = 0;
  std::uint32_t moved : 1 = 0;  ///< it has an older value in another partition
  std::uint32_t erased : 1 = 0;
  std::uint32_t older = no_slot;
  std::uint32_t newer = no_slot;

  position at() const { return {partition, offset}; }
  bool hides() const { return moved && erased; }
};
using held_rows = slab<held_row, 16384>;

/// Two cache lines: the first is all that a change of a known row needs, the second tells whose it is.
struct alignas(64) held_table {
  std::uint64_t changes = 0;    ///< so far; the newest row bears this number
  std::uint64_t forgotten = 0;  ///< highest change whose delete was forgotten
  std::uint32_t oldest = no_slot;
  std::uint32_t newest = no_slot;
  std::uint32_t rows = 0;
  std::uint32_t tombstones = 0;
  checksum sum;
  positions last;  ///< newest position in each partition in which the client has or had rows
  std::string client;
  std::uint32_t tag = no_slot;
  std::uint32_t hash = 0;
  held_rows::run near;  ///< slots set aside for its next rows
  following feed = following::yes;
  bool was_whole = false;  ///< it was loaded, and told to follow the feed
};
static_assert(sizeof(held_table) == 128);

}  // namespace blotter::table
