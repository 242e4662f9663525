#include "scale/sizing.hpp"

#include <algorithm>
#include <cmath>

namespace blotter::scale {

namespace {

/// A load that fits exactly is not to need another node because of the last bit of its sum.
constexpr double rounding = 1e-9;

std::uint32_t whole(double nodes) {
  return static_cast<std::uint32_t>(std::clamp(std::ceil(nodes - rounding), 1.0, double{nodes_bound}));
}

}  // namespace

double band_top(std::uint32_t nodes, double target) {
  if (nodes <= 1) return std::min(target, busy_after_loss_max / 2);
  const double n = nodes;
  return std::min(target, busy_after_loss_max * (n - 1) / n);
}

std::uint32_t nodes_for(double load, double target) {
  if (load <= band_top(1, target)) return 1;
  const double to_lose_one = 1 + load / busy_after_loss_max;
  return whole(std::max(load / target, to_lose_one));
}

bool carry_easily(double load, std::uint32_t nodes, double target) {
  return nodes > 0 && load <= shrink_margin * band_top(nodes, target) * nodes + rounding;
}

}  // namespace blotter::scale
