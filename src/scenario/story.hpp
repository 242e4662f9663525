#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "scale/scale_settings.hpp"
#include "scenario/crowd.hpp"
#include "scenario/fleet.hpp"

namespace blotter::scenario {

using std::chrono::seconds;

/// What befalls the fleet. Nodes are meant by their place among those that serve at that moment, from the
/// oldest.
struct happening {
  enum class kind : std::uint8_t { kill_node, drain_node, slow_node, quick_node, add_node, kill_autoscaler };
  seconds at{0};  ///< of the story
  kind what = kind::kill_node;
  std::size_t which = 0;
  double speed = 1;  ///< of a slow node
};

/// A scenario: load, fleet, and what happens to them. Times are seconds from its beginning; what comes before
/// `counted_from` only sets the stage.
struct story {
  std::string_view name;
  std::string_view sentence;
  seconds counted_from{600};
  seconds length{3'600};
  wall_time begins{};  ///< by the clock of the market
  crowd_settings crowd = {};
  fleet_settings fleet = {};
  std::vector<node_kind> nodes = {};  ///< there from the beginning
  /// Nobody scales: it is about the nodes that there are, and how much each has of the load.
  bool fixed = false;
  /// The same story with other chances, lived before, so that a scaler has days to remember.
  unsigned earlier_days = 0;
  std::vector<happening> happens = {};
  /// After this the time is taken until unevenness is below 1.2 for good.
  std::optional<seconds> upset = {};
  scale::scale_settings scale = {};
  /// The fewest nodes that could take the highest load, for a scaler that must keep them all day.
  std::uint32_t nodes_for_highest = 0;
  milliseconds objective{1'000};  ///< for the 99th percentile of rows' ages in each minute
};

/// trading_day, flash_crowd, hot_client, unequal, slow_node, join, leave_in_spike, autoscaler_killed.
std::span<const std::string_view> story_names();
/// Nothing for a name that is none.
std::optional<story> story_named(std::string_view name);

}  // namespace blotter::scenario
