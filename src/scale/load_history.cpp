#include "scale/load_history.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace blotter::scale {

namespace {

using namespace std::chrono;

std::size_t slot_of(local_minute at) {
  return static_cast<std::size_t>((at - floor<days>(at)) / load_history::slot);
}

/// "14:35".
std::optional<minutes> time_of(std::string_view text) {
  unsigned hour = 0;
  unsigned minute = 0;
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto read = [](std::string_view two, unsigned& into) {
    const auto [end, failed] = std::from_chars(two.data(), two.data() + 2, into);
    return failed == std::errc() && end == two.data() + 2;
  };
  if (!read(text.substr(0, 2), hour) || !read(text.substr(3), minute) || hour > 23 || minute > 59)
    return std::nullopt;
  return hours(hour) + minutes(minute);
}

}  // namespace

void load_history::add(local_minute at, double load) {
  if (!(load >= 0 && load <= load_max)) return;
  const local_days today = floor<std::chrono::days>(at);
  const auto found = days_.find(today);
  if (found == days_.end() && days_.size() == days_max && today < days_.begin()->first) return;
  day& which = found != days_.end() ? found->second : days_[today];
  if (found == days_.end()) which.fill(unknown);
  float& known = which[slot_of(at)];
  known = std::max(known, static_cast<float>(load));
  if (days_.size() > days_max) days_.erase(days_.begin());
}

load_history::looked_up load_history::before(local_minute from, local_minute to, unsigned days_wanted,
                                             const calendar& by) const {
  looked_up found;
  const local_days today = floor<std::chrono::days>(from);
  const local_minute last =
      std::min(std::max(from, to - minutes(1)), local_minute(today + hours(24)) - minutes(1));
  const std::size_t first_slot = slot_of(from);
  const std::size_t last_slot = slot_of(last);
  auto each = std::make_reverse_iterator(days_.lower_bound(today));
  for (unsigned looked = 0; each != days_.rend() && looked < days_wanted; ++each) {
    if (!by.comparable(today, each->first)) continue;
    ++looked;
    const float most = *std::max_element(each->second.begin() + static_cast<std::ptrdiff_t>(first_slot),
                                         each->second.begin() + static_cast<std::ptrdiff_t>(last_slot) + 1);
    if (most < 0) continue;
    ++found.days;
    found.load = std::max(found.load, static_cast<double>(most));
  }
  return found;
}

std::string load_history::to_text() const {
  std::string all;
  for (const auto& [date, loads] : days_)
    for (std::size_t i = 0; i < slots; ++i) {
      if (loads[i] < 0) continue;
      const auto time = static_cast<unsigned>(i) * static_cast<unsigned>(slot.count());
      char line[48];
      std::snprintf(line, sizeof line, " %02u:%02u %.4g\n", time / 60, time % 60,
                    static_cast<double>(loads[i]));
      all.append(text_of(date)).append(line);
    }
  return all;
}

std::size_t load_history::read(std::string_view text) {
  std::size_t bad = 0;
  for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto date = parse_day(line.substr(0, 10));
    const auto time =
        line.size() > 17 && line[10] == ' ' && line[16] == ' ' ? time_of(line.substr(11, 5)) : std::nullopt;
    double load = -1;
    const std::string_view digits = line.size() > 17 ? line.substr(17) : std::string_view();
    const auto [stop, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), load);
    const bool fine = date && time && failed == std::errc() && stop == digits.data() + digits.size() &&
                      load >= 0 && load <= load_max;
    if (fine)
      add(*date + *time, load);
    else
      ++bad;
  }
  return bad;
}

}  // namespace blotter::scale
