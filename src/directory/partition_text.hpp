#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/partition_set.hpp"
#include "base/result.hpp"

namespace blotter::directory {

/// More than any topic has; a member's record stays below a hundred kilobytes whatever it holds.
inline constexpr std::uint32_t partitions_max = 1 << 14;
inline constexpr std::size_t partitions_text_size_max = 96 * 1024;

/// How members announce what they hold: ranges in growing order, "0-15,17"; "" is none. All are below
/// `partitions_max`.
std::string to_text(const partition_set& some);
/// `errc::bad_partitions` for any other text.
result<partition_set> read_partitions(std::string_view text);

}  // namespace blotter::directory
