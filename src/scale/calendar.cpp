#include "scale/calendar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace blotter::scale {

namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> day_names = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// What stands before the first `sign`, which goes too; all of it where there is none.
std::string_view take(std::string_view& text, char sign) {
  const std::string_view part = text.substr(0, text.find(sign));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

std::optional<unsigned> number(std::string_view text, unsigned max) {
  unsigned value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = failed == std::errc() && end == text.data() + text.size() && !text.empty();
  return whole && value <= max ? std::optional(value) : std::nullopt;
}

std::optional<unsigned> day_named(std::string_view text) {
  const auto found = std::find(day_names.begin(), day_names.end(), text);
  if (found == day_names.end()) return std::nullopt;
  return static_cast<unsigned>(found - day_names.begin());
}

/// "mon-fri,sun".
std::optional<std::uint8_t> parse_days(std::string_view text) {
  unsigned days = 0;
  while (!text.empty()) {
    std::string_view range = take(text, ',');
    const auto first = day_named(take(range, '-'));
    const auto last = range.empty() ? first : day_named(range);
    if (!first || !last) return std::nullopt;
    for (unsigned day = *first;; day = (day + 1) % 7) {
      days |= 1u << day;
      if (day == *last) break;
    }
  }
  return days == 0 ? std::nullopt : std::optional(static_cast<std::uint8_t>(days));
}

std::optional<minutes> parse_time(std::string_view text) {
  const auto hour = number(take(text, ':'), 24);
  const auto minute = number(text, 59);
  if (!hour || !minute || text.size() != 2) return std::nullopt;
  const auto time = hours(*hour) + minutes(*minute);
  return time <= hours(24) ? std::optional<minutes>(time) : std::nullopt;
}

std::string time_text(minutes time) {
  char text[16];
  const auto all = static_cast<unsigned>(time.count());
  std::snprintf(text, sizeof text, "%02u:%02u", all / 60, all % 60);
  return text;
}

}  // namespace

std::string peak::text() const {
  return time_text(from) + "-" + time_text(to);
}

std::optional<peak> parse_peak(std::string_view text) {
  const auto days = parse_days(take(text, ' '));
  std::string_view times = take(text, ' ');
  const auto from = parse_time(take(times, '-'));
  const auto to = parse_time(times);
  const auto nodes = text.empty() ? std::optional(0u) : number(text, 1'000'000);
  if (!days || !from || !to || *from >= *to || !nodes) return std::nullopt;
  return peak{*days, *from, *to, *nodes};
}

std::optional<local_days> parse_day(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  const auto y = number(take(text, '-'), 9'999);
  const auto m = number(take(text, '-'), 12);
  const auto d = number(text, 31);
  if (!y || !m || !d) return std::nullopt;
  const year_month_day date{year(static_cast<int>(*y)), month(*m), day(*d)};
  return date.ok() ? std::optional(local_days(date)) : std::nullopt;
}

std::string text_of(local_days day) {
  const year_month_day date(day);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

bool calendar::is_working_day(local_days day) const {
  const unsigned which = weekday(day).c_encoding();
  return which != 0 && which != 6 && std::find(holidays.begin(), holidays.end(), day) == holidays.end();
}

bool calendar::comparable(local_days one, local_days other) const {
  return is_working_day(one) == is_working_day(other);
}

std::vector<calendar::occurrence> calendar::around(local_minute now, minutes lead, minutes after) const {
  std::vector<occurrence> found;
  const local_days today = floor<days>(now);
  for (const local_days day : {today - days(1), today, today + days(1)}) {
    if (std::find(holidays.begin(), holidays.end(), day) != holidays.end()) continue;
    for (const peak& each : peaks) {
      if ((each.days >> weekday(day).c_encoding() & 1u) == 0) continue;
      const occurrence one{&each, day + each.from, day + each.to};
      if (now >= one.from - lead && now < one.to + after) found.push_back(one);
    }
  }
  return found;
}

}  // namespace blotter::scale
