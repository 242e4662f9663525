#include "scenario/curve.hpp"

#include <algorithm>

namespace blotter::scenario {

double curve::at(double seconds) const {
  const auto after = std::upper_bound(points_.begin(), points_.end(), seconds,
                                      [](double at, const auto& point) { return at < point.first; });
  if (after == points_.begin()) return points_.front().second;
  if (after == points_.end()) return points_.back().second;
  const auto before = after - 1;
  const double part = (seconds - before->first) / (after->first - before->first);
  return before->second + part * (after->second - before->second);
}

curve curve::later(double seconds) const {
  curve moved = *this;
  for (auto& point : moved.points_) point.first += seconds;
  return moved;
}

}  // namespace blotter::scenario
