#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace blotter::scale {

/// Time of the place whose days count, to the minute: that of the market, not UTC.
using local_minute = std::chrono::local_time<std::chrono::minutes>;

/// A time of day at which much more load comes than just before: a market that opens.
struct peak {
  std::uint8_t days = 0;         ///< bit 0 is Sunday
  std::chrono::minutes from{0};  ///< of the day
  std::chrono::minutes to{0};    ///< of the same day, after `from`; at most 24:00
  std::uint32_t nodes = 0;       ///< that it needs at least; 0: what earlier days say
  std::string text() const;      ///< "09:30-10:00"
};
/// "mon-fri 09:30-10:00", "sat,sun 20:00-22:30 6": days, from-to, and nodes where they are known. Nothing for
/// all else.
std::optional<peak> parse_peak(std::string_view text);
/// "2026-12-25".
std::optional<std::chrono::local_days> parse_day(std::string_view text);
std::string text_of(std::chrono::local_days day);

/// The peaks that are known in advance, and the days that are none of work: on those there are no peaks.
class calendar {
 public:
  std::vector<peak> peaks;
  std::vector<std::chrono::local_days> holidays;

  bool is_working_day(std::chrono::local_days day) const;
  /// Whether what was needed on one says something of the other: both are days of work, or both are not.
  bool comparable(std::chrono::local_days one, std::chrono::local_days other) const;

  struct occurrence {
    const peak* which;
    local_minute from;
    local_minute to;
  };
  /// Peaks that begin within `lead` of `now`, or are not over for longer than `after`.
  std::vector<occurrence> around(local_minute now, std::chrono::minutes lead,
                                 std::chrono::minutes after) const;
};

}  // namespace blotter::scale
