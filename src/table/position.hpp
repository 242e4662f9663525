#pragma once

#include <compare>
#include <cstdint>

#include "base/partition_set.hpp"

namespace blotter::table {

using blotter::partition_id;
using blotter::partition_max;
using blotter::partition_set;

/// A record's place in its partition: 0 or more, growing, not dense.
using record_offset = std::int64_t;

/// The record that last changed a row. Positions of one partition are ordered; across partitions they are
/// not.
struct position {
  partition_id partition = 0;
  record_offset offset = 0;

  friend bool operator==(const position&, const position&) = default;
};

/// Which incarnation of the feed's topic positions belong to. 0 is none. Equal for equal topics over
/// restarts, so that viewers resume; never equal for a topic that was deleted, truncated or repartitioned.
enum class generation : std::uint64_t { none = 0 };

}  // namespace blotter::table
