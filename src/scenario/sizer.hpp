#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "scale/actuator.hpp"
#include "scale/autoscaler.hpp"
#include "scenario/fleet.hpp"

namespace blotter::scenario {

/// Starts and drains the nodes of a fleet as ordered. Where fewer are wanted and none is named, those leave
/// first that are not up yet, then the newest, all at once, as with a Deployment.
class fleet_actuator final : public scale::actuator {
 public:
  explicit fleet_actuator(fleet& nodes) : nodes_(nodes) {}
  void carry_out(const scale::order& what, instant now) override;
  void stand_by() override {}
  void tick(std::span<const directory::member>, instant) override {}
  bool can_drain(const directory::member_id&) const override { return true; }
  standing state() const override { return {}; }

 private:
  fleet& nodes_;
};

/// Decides how many nodes there are.
class sizer {
 public:
  virtual ~sizer() = default;
  /// Once a second. `local` is the time of the market.
  virtual void look(const fleet& all, instant now, wall_time local, scale::actuator& to) = 0;
  /// The process that decides is killed. Another takes over by itself, if there is one.
  virtual void kill(instant) {}
  /// What it has learnt of this day.
  virtual scale::load_history history() const { return {}; }
};

enum class sizing : std::uint8_t { blotter, hpa, hpa_with_floor, fixed };

/// Of a lease that nobody renews any more, until another has it.
inline constexpr milliseconds lease_time{15'000};

/// The production core, and a second one that watches and decides when the first is killed, once the lease
/// is over; whoever was killed comes back then and watches.
class own_sizer final : public sizer {
 public:
  own_sizer(scale::scale_settings settings, scale::load_history history);
  void look(const fleet& all, instant now, wall_time local, scale::actuator& to) override;
  void kill(instant now) override;
  scale::load_history history() const override { return (leader_ ? leader_ : standby_)->history(); }

 private:
  scale::scale_settings settings_;
  scale::load_history earlier_;
  std::unique_ptr<scale::autoscaler> leader_;  ///< none while the lease of one that was killed lasts
  std::unique_ptr<scale::autoscaler> standby_;
  instant lease_ends_{};
  std::vector<scale::seen_node> seen_;
};

/// A HorizontalPodAutoscaler on the CPU of nodes, which is the mean of their loops (kubernetes.io,
/// "Horizontal Pod Autoscaling"), with its defaults: each 15 s ceil(current x value / target), nothing within
/// a tenth of it; up by the greater of twice and four more; down to the highest recommendation of 300 s.
/// Values are means of the last 15 s; nodes that are not up yet have none, and count as 0 when it would grow.
struct hpa_settings {
  double target = 0.65;
  double tolerance = 0.1;
  std::uint32_t nodes_min = 2;
  std::uint32_t nodes_max = 32;
  milliseconds period{15'000};
  milliseconds down_window{300'000};
};

/// What it recommends. `busy`: the sum over the nodes that are up, of which there are `up`, of `current` all
/// together. Within the bounds; growth is not limited yet.
std::uint32_t hpa_recommendation(const hpa_settings& by, std::uint32_t current, std::uint32_t up,
                                 double busy);

class hpa final : public sizer {
 public:
  explicit hpa(hpa_settings settings) : settings_(settings) {}
  void look(const fleet& all, instant now, wall_time local, scale::actuator& to) override;
  void kill(instant now) override;
  /// The decision alone: how many, where so many are there and so busy.
  std::uint32_t decide(std::uint32_t current, std::uint32_t up, double busy, instant now);

 private:
  hpa_settings settings_;
  std::deque<std::pair<instant, double>> busy_;  ///< sums, of each second of a period
  std::deque<std::pair<instant, std::uint32_t>> recommended_;
  std::optional<instant> decided_;
};

/// As many as there are.
class fixed_size final : public sizer {
 public:
  void look(const fleet&, instant, wall_time, scale::actuator&) override {}
};

}  // namespace blotter::scenario
