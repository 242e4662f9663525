#include "directory/partition_text.hpp"

#include <charconv>

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
  return number < partitions_max;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text[0] != wanted) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

result<partition_set> read_partitions(std::string_view text) {
  partition_set made;
  if (text.size() > partitions_text_size_max) return errc::bad_partitions;
  while (!text.empty()) {
    std::uint32_t from = 0;
    if (!take_number(text, from)) return errc::bad_partitions;
    std::uint32_t to = from;
    if (take(text, '-') && (!take_number(text, to) || to <= from)) return errc::bad_partitions;
    if (from < made.end()) return errc::bad_partitions;
    for (std::uint32_t each = from; each <= to; ++each) made.add(each);
    if (!text.empty() && (!take(text, ',') || text.empty())) return errc::bad_partitions;
  }
  return made;
}

std::string to_text(const partition_set& some) {
  check(some.end() <= partitions_max);
  std::string out;
  partition_id next = 0;
  for (const partition_id from : some.list()) {
    if (from < next) continue;  // in the range before it
    next = from + 1;
    while (some.has(next)) ++next;
    if (!out.empty()) out += ',';
    out += std::to_string(from);
    if (next > from + 1) out.append("-").append(std::to_string(next - 1));
  }
  return out;
}

}  // namespace blotter::directory
