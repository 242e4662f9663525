#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "scale/calendar.hpp"

namespace blotter::scale {

/// What an autoscaler is to keep. The defaults are those that stood up to the day of a market; all times are
/// of our own clock.
struct scale_settings {
  /// At least so many, whatever the load: 2, so that one may be lost. At least 1.
  std::uint32_t nodes_min = 2;
  std::uint32_t nodes_max = 8;
  /// Of one node and one hour, in whatever money; 0: not known.
  double cost_per_node_hour = 0;
  /// Of all nodes and one hour; 0: no bound but `nodes_max`.
  double budget_per_hour = 0;
  /// How busy nodes may be where they are enough to lose one; see sizing.hpp. 0.1 to 0.85.
  double target = 0.65;
  /// A row that takes longer from its arrival to its write is late.
  milliseconds freshness_objective{1'000};
  /// Of a node, in bytes, which counts as a busy loop does; 0: memory is not looked at.
  std::uint64_t memory_bound = 0;

  milliseconds period{15'000};         ///< of decisions
  milliseconds smoothing{5'000};       ///< loads are medians of so long
  milliseconds calm_time{600'000};     ///< low for so long before a node may go
  milliseconds drain_period{300'000};  ///< from one node that goes to the next
  /// A node is capacity from its start, but none goes before the last that came has done its share for so
  /// long.
  milliseconds warm_up{30'000};
  milliseconds start_timeout{120'000};  ///< a node that is not there by then is given up
  milliseconds drain_timeout{600'000};  ///< a node that has not left by then is asked again
  milliseconds report_age_max{3'000};

  milliseconds trend_window{300'000};  ///< what the trend is drawn through; 0: no trend
  /// What a node takes to start and to get its share: how far a forecast has to look.
  milliseconds lead{90'000};
  unsigned comparable_days = 5;                ///< earlier days that a forecast looks at; 0: none
  double history_factor = 1.3;                 ///< on what they needed
  std::chrono::minutes peak_lead{15};          ///< before a peak its nodes are there
  std::chrono::minutes quiet_before_peak{30};  ///< and none goes
  calendar days;
};

/// A sentence on what can never work, or nothing.
std::optional<std::string> problem_of(const scale_settings& settings);

/// The most nodes that may be: `nodes_max`, or what the budget pays for.
std::uint32_t nodes_ceiling(const scale_settings& settings);

}  // namespace blotter::scale
