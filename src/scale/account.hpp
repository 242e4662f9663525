#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace blotter::scale {

/// What the nodes cost, and how far their number was from what was needed: by the measures of SPEC's research
/// group for elasticity (SPEC-RG-2016-01). Demand is the fewest nodes that meet the goal at the load that was
/// seen, within the bounds, which is what perfect foresight would have had. A value.
class account {
 public:
  /// From the last call until now it was as given: `nodes` that are paid for, `serving` of them for new work.
  /// Nothing is counted for the first call, nor for a time in which this process stood still.
  void add(instant now, std::uint32_t nodes, std::uint32_t serving, std::uint32_t demand);
  /// The number that is wanted has changed to this.
  void ordered(std::uint32_t wanted);

  double seconds() const { return seconds_; }
  double node_seconds() const { return used_; }
  double foresight_node_seconds() const { return ideal_; }
  /// What was used for each node that was needed; 1 where nothing was.
  double over_foresight() const { return ideal_ > 0 ? used_ / ideal_ : 1; }
  /// Mean part of the demand that was missing (theta U), and that was there beyond it (theta O).
  double missing() const { return seconds_ > 0 ? missing_ / seconds_ : 0; }
  double beyond() const { return seconds_ > 0 ? beyond_ / seconds_ : 0; }
  /// Parts of the time in which nodes were missing or too many.
  double time_missing() const { return seconds_ > 0 ? time_missing_ / seconds_ : 0; }
  double time_beyond() const { return seconds_ > 0 ? time_beyond_ / seconds_ : 0; }
  /// How often it went up after down, or down after up.
  std::uint64_t direction_changes() const { return turns_; }

  static constexpr milliseconds gap_max{60'000};

 private:
  std::optional<instant> at_;
  double seconds_ = 0;
  double used_ = 0;
  double ideal_ = 0;
  double missing_ = 0;
  double beyond_ = 0;
  double time_missing_ = 0;
  double time_beyond_ = 0;
  std::optional<std::uint32_t> wanted_;
  int direction_ = 0;
  std::uint64_t turns_ = 0;
};

}  // namespace blotter::scale
