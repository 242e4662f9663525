#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.hpp"
#include "table/position.hpp"
#include "table/row_content.hpp"

namespace blotter::table {

/// Limits of a row's names, in bytes; the feed refuses what is longer.
inline constexpr std::size_t client_id_size_max = 255;
inline constexpr std::size_t row_key_size_max = 1024;
/// Largest value of a row, in bytes.
inline constexpr std::size_t row_value_size_max = 1 << 20;

enum class change_kind : std::uint8_t { put, erase };

/// One record of the feed, understood: this row of this client has this value since this position. Borrows
/// its text from whoever made it. The feed vouches for it: names within their limits, UTF-8 without control
/// characters, not empty; `value` a valid JSON object of one line (no CR, no LF), empty for an erase.
struct row_change {
  std::string_view client;
  std::string_view key;
  std::string_view value;
  position at;
  wall_time time;  ///< of the record; decides only between two partitions that both hold the row
  change_kind kind = change_kind::put;
  /// Key and value where somebody holds them already: shared then, instead of copied from `key` and `value`.
  const row_content* content = nullptr;
  /// Whoever gives it knows of an older value in another partition, or can not say that there is none.
  bool moved = false;
};

}  // namespace blotter::table
