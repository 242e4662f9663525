#include "feed/line_pump.hpp"

#include <utility>

namespace blotter::feed {

line_pump::line_pump(const record_mapping& mapping, reject_ledger& rejects, outlet& to)
    : rejects_(rejects), to_(to), parser_(mapping) {}

bool line_pump::take(std::string_view bytes, arrival at) {
  bytes_.fetch_add(bytes.size(), std::memory_order_relaxed);
  lines_.give(bytes);
  while (const auto each = lines_.next()) {
    if (!take_line(*each, at)) return false;
  }
  return true;
}

bool line_pump::end(arrival at) {
  const auto last = lines_.rest();
  return !last || take_line(*last, at);
}

bool line_pump::take_line(const line& each, arrival at) {
  if (each.text.empty()) return true;  // blank lines are no rows, and no mistake
  const raw_record record{std::nullopt, each.text, 0, static_cast<std::int64_t>(each.offset), at.time};
  const auto why = each.whole ? parser_.parse_line(record, batch_) : std::optional(reject_reason::too_large);
  if (why) rejects_.note(record, *why, at.now);
  return !batch_.full() || flush();
}

bool line_pump::flush() {
  if (batch_.changes.empty()) return true;
  changes_.fetch_add(batch_.changes.size(), std::memory_order_relaxed);
  return to_.put(std::exchange(batch_, {}));
}

void line_pump::restart() {
  lines_ = line_reader(line_size_max);
  batch_ = {};
}

}  // namespace blotter::feed
