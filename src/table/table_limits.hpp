#pragma once

#include <cstddef>
#include <cstdint>

namespace blotter::table {

struct table_limits {
  /// Deletes remembered at least, over all tables; as many as there are rows are kept if that is more. Beyond
  /// that the oldest are forgotten and the horizon rises. 0 forgets at once.
  std::size_t tombstones_min = 65536;
  /// Deletes remembered besides of rows that have an older value in another partition (the topic was given
  /// some), and at least so many of all rows while the feed is read from its start (see `set_loading`), since
  /// such a value may follow: it would bring the row back. The log keeps that value for good, so these are
  /// never too old to matter. About 250 bytes each; beyond this the oldest are forgotten, and their rows may
  /// come back. 0: as others.
  std::size_t tombstones_hiding = 1'000'000;
  /// Seeds the hash, so that nobody can choose keys that collide.
  std::uint64_t seed = 0;
};

}  // namespace blotter::table
