#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "scale/calendar.hpp"

namespace blotter::scale {

/// The load of the last days, the greatest of each five minutes: what a forecast by earlier days is made of.
/// A value; bounded by `days_max`.
class load_history {
 public:
  static constexpr std::chrono::minutes slot{5};
  static constexpr std::size_t slots = 24 * 60 / 5;
  static constexpr std::size_t days_max = 28;
  static constexpr double load_max = 1e6;

  /// `load` in nodes, 0 to `load_max`; any other is left out.
  void add(local_minute at, double load);

  struct looked_up {
    double load = 0;    ///< the greatest of these times on those days
    unsigned days = 0;  ///< that told something
  };
  /// Between `from` and `to` of the day of `from`, on the last `days` comparable days before it.
  looked_up before(local_minute from, local_minute to, unsigned days, const calendar& by) const;

  /// A line each slot: "2026-11-22 14:35 3.27".
  std::string to_text() const;
  /// Takes in what `to_text` made. Lines that are none are left out; returns how many those were. The last
  /// line need not be whole.
  std::size_t read(std::string_view text);
  std::size_t days() const { return days_.size(); }

 private:
  static constexpr float unknown = -1;
  using day = std::array<float, slots>;
  std::map<std::chrono::local_days, day> days_;
};

}  // namespace blotter::scale
