#include "directory/partition_set.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/check.hpp"
#include "directory/errc.hpp"

namespace blotter::directory {

namespace {

/// Takes a number off the front of `text`, written as we write it: digits, no leading zero.
bool take_number(std::string_view& text, std::uint32_t& number) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto size = static_cast<std::size_t>(end - text.data());
  if (failed != std::errc() || (size > 1 && text[0] == '0')) return false;
  text.remove_prefix(size);
  return number < partition_set::partitions_max;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text[0] != wanted) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

partition_set::partition_set(std::initializer_list<std::uint32_t> some) {
  for (const std::uint32_t each : some) insert(each);
}

partition_set partition_set::first(std::uint32_t count) {
  check(count <= partitions_max);
  partition_set made;
  made.all_.resize(count);
  std::iota(made.all_.begin(), made.all_.end(), 0);
  return made;
}

result<partition_set> partition_set::parse(std::string_view text) {
  partition_set made;
  if (text.size() > text_size_max) return errc::bad_partitions;
  while (!text.empty()) {
    std::uint32_t from = 0;
    if (!take_number(text, from)) return errc::bad_partitions;
    std::uint32_t to = from;
    if (take(text, '-') && (!take_number(text, to) || to <= from)) return errc::bad_partitions;
    if (!made.empty() && from <= made.all_.back()) return errc::bad_partitions;
    for (std::uint32_t each = from; each <= to; ++each) made.all_.push_back(each);
    if (!text.empty() && (!take(text, ',') || text.empty())) return errc::bad_partitions;
  }
  return made;
}

std::string partition_set::text() const {
  std::string out;
  for (std::size_t i = 0; i < all_.size();) {
    std::size_t last = i;
    while (last + 1 < all_.size() && all_[last + 1] == all_[last] + 1) ++last;
    if (!out.empty()) out += ',';
    out += std::to_string(all_[i]);
    if (last > i) out.append("-").append(std::to_string(all_[last]));
    i = last + 1;
  }
  return out;
}

bool partition_set::contains(std::uint32_t partition) const {
  return std::ranges::binary_search(all_, partition);
}

bool partition_set::insert(std::uint32_t partition) {
  check(partition < partitions_max);
  const auto at = std::ranges::lower_bound(all_, partition);
  if (at != all_.end() && *at == partition) return false;
  all_.insert(at, partition);
  return true;
}

bool partition_set::erase(std::uint32_t partition) {
  const auto at = std::ranges::lower_bound(all_, partition);
  if (at == all_.end() || *at != partition) return false;
  all_.erase(at);
  return true;
}

}  // namespace blotter::directory
