#pragma once

#include <utility>
#include <vector>

namespace blotter::scenario {

/// A value over time: straight between its points, which are in the order of time (seconds), and level before
/// the first and after the last. At least one point.
class curve {
 public:
  explicit curve(std::vector<std::pair<double, double>> points) : points_(std::move(points)) {}
  double at(double seconds) const;
  /// The same, so much later.
  curve later(double seconds) const;

 private:
  std::vector<std::pair<double, double>> points_;
};

}  // namespace blotter::scenario
