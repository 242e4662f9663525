#include "scenario/sizer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace blotter::scenario {

namespace {

constexpr double rounding = 1e-9;
constexpr std::uint32_t grown_by_min = 4;

}  // namespace

// Orders.

void fleet_actuator::carry_out(const scale::order& what, instant now) {
  if (what.drained)
    if (const auto which = fleet::number_of(*what.drained)) nodes_.drain(*which, now);
  const auto there = [&] { return static_cast<std::uint32_t>(nodes_.serving().size()) + nodes_.starting(); };
  while (there() < what.wanted) nodes_.start(nodes_.settings().usual, now, nodes_.settings().start_time);
  for (const fleet::phase first : {fleet::phase::starting, fleet::phase::serving})
    for (std::size_t i = nodes_.nodes().size(); i-- > 0 && there() > what.wanted;)
      if (nodes_.nodes()[i].is == first) nodes_.drain(static_cast<node_number>(i), now);
}

// Ours.

own_sizer::own_sizer(scale::scale_settings settings, scale::load_history history)
    : settings_(std::move(settings)),
      earlier_(std::move(history)),
      leader_(std::make_unique<scale::autoscaler>(settings_, earlier_)),
      standby_(std::make_unique<scale::autoscaler>(settings_, earlier_)) {}

void own_sizer::look(const fleet& all, instant now, wall_time local, scale::actuator& to) {
  seen_.clear();
  for (const directory::member& each : all.members())
    if (each.roles.front() == directory::role::node)
      seen_.push_back({.id = each.id, .stage = each.stage, .load = each.load});
  if (!leader_ && now >= lease_ends_) {
    leader_ = std::move(standby_);
    standby_ = std::make_unique<scale::autoscaler>(settings_, earlier_);
  }
  scale::observation seen{.now = now, .wall = local, .leads = false, .leader = "the other", .nodes = seen_};
  standby_->look(seen);
  if (!leader_) return;
  seen.leads = true;
  const auto made = leader_->look(seen);
  if (made && made->orders()) to.carry_out(made->ordered, now);
}

void own_sizer::kill(instant now) {
  leader_.reset();
  lease_ends_ = now + lease_time;
}

// What it is compared with.

std::uint32_t hpa_recommendation(const hpa_settings& by, std::uint32_t current, std::uint32_t up,
                                 double busy) {
  const auto bounded = [&](std::uint32_t to) { return std::clamp(to, by.nodes_min, by.nodes_max); };
  if (current < by.nodes_min || up == 0) return bounded(current);
  const double ratio = busy / up / by.target;
  double counted = ratio;
  if (ratio > 1 && up < current) {
    counted = busy / current / by.target;  // those that are not up yet do nothing
    if (counted <= 1) return bounded(current);
  }
  if (std::abs(counted - 1) <= by.tolerance + rounding) return bounded(current);
  const std::uint32_t of = ratio > 1 ? current : up;
  return bounded(static_cast<std::uint32_t>(std::ceil(of * counted - rounding)));
}

std::uint32_t hpa::decide(std::uint32_t current, std::uint32_t up, double busy, instant now) {
  const std::uint32_t wants = hpa_recommendation(settings_, current, up, busy);
  recommended_.emplace_back(now, wants);
  while (now - recommended_.front().first > settings_.down_window) recommended_.pop_front();
  if (wants > current) return std::min(wants, std::max(2 * current, current + grown_by_min));
  std::uint32_t highest = wants;
  for (const auto& [at, each] : recommended_) highest = std::max(highest, each);
  return std::min(current, highest);
}

void hpa::look(const fleet& all, instant now, wall_time, scale::actuator& to) {
  double busy = 0;
  for (const node_number each : all.serving()) busy += all.nodes()[each].mean;
  busy_.emplace_back(now, busy);
  while (now - busy_.front().first >= settings_.period) busy_.pop_front();
  if (!decided_) decided_ = now;
  if (now - *decided_ < settings_.period) return;
  decided_ = now;
  double sum = 0;
  for (const auto& [at, each] : busy_) sum += each;
  const auto up = static_cast<std::uint32_t>(all.serving().size());
  const std::uint32_t current = up + all.starting();
  const std::uint32_t wanted = decide(current, up, sum / static_cast<double>(busy_.size()), now);
  to.carry_out({.wanted = wanted}, now);
}

/// It comes back on another machine, once its lease there is over, and remembers nothing.
void hpa::kill(instant now) {
  decided_ = now + lease_time;
  busy_.clear();
  recommended_.clear();
}

}  // namespace blotter::scenario
