#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "directory/member.hpp"

namespace blotter::directory {

/// A member's record as it stands in a directory that processes share: the member, and two numbers that make
/// one record newer than another without anybody's clock.
struct lease {
  member who;
  /// Of two processes with one id the one with the greater incarnation is the member; see `next_incarnation`.
  /// 1 to `lease_number_max`.
  std::uint64_t incarnation = 1;
  /// 1 for the first record of an incarnation, one more each time it is written: a lease lives while it
  /// grows.
  std::uint64_t renewal = 1;

  friend bool operator==(const lease&, const lease&) = default;
};
/// What a double holds exactly: stock clients read JSON numbers so.
inline constexpr std::uint64_t lease_number_max = (std::uint64_t{1} << 53) - 1;
inline constexpr std::size_t record_size_max = 256 * 1024;
inline constexpr std::size_t url_size_max = 256;
inline constexpr std::size_t topic_size_max = 249;  ///< of letters, digits, '.', '_' and '-', as in Kafka

/// For a process that joins where `known` was the greatest incarnation seen of its id (0: none). `chance` is
/// random, and decides between two that join at the same moment. Stays within `lease_number_max` for two
/// billion times.
constexpr std::uint64_t next_incarnation(std::uint64_t known, std::uint64_t chance) {
  return ((known >> 22) + 1) << 22 | (chance & ((1u << 22) - 1));
}

/// "https://host", "http://host:port": what a member's `url` has to be.
bool is_origin(std::string_view text);

/// The record as JSON, one line: format 1, whose fields docs/directory.md names. `id` is also the record's
/// key, and `incarnation` and `renewal` are as above.
///
/// Text that is no UTF-8 is changed to be, numbers out of range are brought into it.
std::string to_json(const lease& record);

/// Reads what `to_json` writes. Fields it does not know are ignored, in any order; `started`, the addresses,
/// `url`, `topic`, `load` and `feed` and their fields may be left out. The text is hostile: at most
/// `record_size_max` bytes, nested 8 levels at most, every field within its bounds, or one of the
/// `record_...` and `unknown_...` errors. `key` is what the record stands under.
result<lease> read_lease(std::string_view key, std::string_view json);

}  // namespace blotter::directory
