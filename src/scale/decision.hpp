#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "scale/actuator.hpp"

namespace blotter::scale {

enum class verdict : std::uint8_t { hold, grow, shrink };
std::string_view to_text(verdict which);

/// What settled a decision.
enum class cause : std::uint8_t {
  // To grow, or to stay as large.
  load,
  memory,
  freshness,
  trend,
  earlier_days,
  peak,
  minimum,
  // To shrink.
  calm,
  ceiling,  ///< there are more than may be
  // To hold.
  steady,
  waiting,    ///< fewer would do, but not yet
  elsewhere,  ///< rows are late, and not because of the size
  doubt,      ///< too few reports can be believed
  blind,      ///< the directory cannot be reached, or was not yet
  watching,   ///< another autoscaler decides
};
std::string_view to_text(cause which);
inline constexpr std::size_t causes = 15;

/// One decision, with what it was made of.
struct decision {
  std::uint64_t number = 0;  ///< 1 for the first
  wall_time at{};
  verdict what = verdict::hold;
  cause why = cause::blind;
  order ordered = {};           ///< nothing is ordered where it is `blind` or `watching`
  std::uint32_t unbounded = 0;  ///< what would have been wanted without minimum, maximum and budget
  std::uint32_t serving = 0;
  std::uint32_t awaited = 0;  ///< ordered, and not there yet
  std::uint32_t leaving = 0;
  double load = 0;           ///< in nodes
  double expected_load = 0;  ///< the greatest that was reckoned with; at least `load`
  std::string reason = {};   ///< one line for people, with the figures

  bool orders() const { return why != cause::blind && why != cause::watching; }
};

}  // namespace blotter::scale
