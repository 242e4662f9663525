#pragma once

#include <cstddef>

#include "base/time.hpp"
#include "table/position.hpp"
#include "table/row_change.hpp"
#include "table/row_content.hpp"

namespace blotter::table {

/// A row as a reader sees it, borrowed until the set changes.
struct row_view {
  const row_content& content;
  position at;
  wall_time time;
  change_kind kind;
  bool moved =
      false;  ///< it has an older value in another partition, or may have one that is still to be read
};

/// What one `read` may cost. At least one row is read whatever they say.
struct read_budget {
  std::size_t rows;
  std::size_t bytes;  ///< as counted by what `visit` returns
};

}  // namespace blotter::table
