#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace blotter::directory {

/// Some partitions of the feed. A value; its text is how members announce what they hold. Bounded: numbers
/// below `partitions_max`.
class partition_set {
 public:
  /// More than any topic has; a member's record stays below a hundred kilobytes whatever it holds.
  static constexpr std::uint32_t partitions_max = 1 << 14;
  static constexpr std::size_t text_size_max = 96 * 1024;

  partition_set() = default;
  partition_set(std::initializer_list<std::uint32_t> some);
  /// Every partition from 0 to `count` - 1.
  static partition_set first(std::uint32_t count);
  /// Ranges in growing order, "0-15,17"; "" is none. `errc::bad_partitions` for anything else.
  static result<partition_set> parse(std::string_view text);
  std::string text() const;

  bool contains(std::uint32_t partition) const;
  /// False when it was there already. `partition` is below `partitions_max`.
  bool insert(std::uint32_t partition);
  bool erase(std::uint32_t partition);

  /// In growing order.
  const std::vector<std::uint32_t>& all() const { return all_; }
  std::size_t size() const { return all_.size(); }
  bool empty() const { return all_.empty(); }

  friend bool operator==(const partition_set&, const partition_set&) = default;

 private:
  std::vector<std::uint32_t> all_;
};

}  // namespace blotter::directory
