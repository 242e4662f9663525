#pragma once

#include <cstdint>
#include <memory>

#include "table/bookmark.hpp"
#include "table/slab.hpp"

namespace blotter::table {

/// A reader's place in one table: it has read everything at or before it. Some bytes that the reader owns;
/// the table does not know its readers, so any number of them costs it nothing. Made and moved by the
/// `table_set` alone, and good for one table of it, for as long as that table is.
class cursor {
 public:
  cursor() = default;

  /// Whether both would read the same rows of the same table from here on. May say no where they would.
  bool same_place(const cursor& other) const {
    return change_ == other.change_ && !seen_ && !other.seen_ && change_ >= baseline_ &&
           change_ >= other.baseline_;
  }
  /// Moves to where `other`, of the same table, is. Both were at the same place before `other` read on to the
  /// tail.
  void follow(const cursor& other) {
    change_ = other.change_;
    row_ = other.row_;
  }

 private:
  friend class table_set;

  /// Number of the last change that was read; 0 before the first.
  std::uint64_t change_ = 0;
  /// Deletes up to this change that were forgotten do not concern this reader: it never had their rows, or
  /// was judged by its bookmark.
  std::uint64_t baseline_ = 0;
  /// The row that was read last, if it has not moved since: saves the search for the place.
  std::uint32_t row_ = no_slot;
  /// Nor do those that are remembered.
  bool skips_deletes_ = false;
  /// `seen_` holds only what a bookmark brought of partitions that the table knows nothing of: see
  /// `table_set::keep_brought`.
  bool brought_ = false;
  /// What has been seen, partition by partition, while that says more than the place does: between a resume,
  /// or a bookmark given out on the way, and the tail. Rows at or before it are passed over. At most one a
  /// partition of the feed.
  std::unique_ptr<positions> seen_;
};

/// Why a bookmark could not be resumed, or that it could.
enum class resume_verdict : std::uint8_t {
  resumed,
  other_generation,  ///< its positions belong to another incarnation of the feed
  before_horizon,    ///< deletes may be forgotten that it has not seen
  from_the_future,   ///< it has seen records that there are not
};

/// Where a read ended.
enum class read_end : std::uint8_t {
  tail,    ///< everything has been read
  more,    ///< the budget was used up
  behind,  ///< deletes that this cursor had not read are forgotten: it must start anew
};

}  // namespace blotter::table
