#pragma once

#include <compare>
#include <cstdint>

namespace blotter::table {

/// A partition of the feed, numbered from 0 as in Kafka. At most `partition_max`.
using partition_id = std::uint32_t;
inline constexpr partition_id partition_max = (1u << 24) - 1;

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
