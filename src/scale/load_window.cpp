#include "scale/load_window.hpp"

#include <algorithm>
#include <cmath>

namespace blotter::scale {

namespace {

constexpr int points_min = 5;
/// A rise counts where it is so many times the standard deviation of the points around the line.
constexpr double noise_factor = 2;

}  // namespace

void load_window::add(instant now, double load) {
  if (!buckets_.empty() && now - buckets_.back().at < width_) {
    bucket& last = buckets_.back();
    last.max = std::max(last.max, load);
    last.sum += load;
    ++last.count;
  } else {
    buckets_.push_back({now, load, load, 1});
  }
  // One older than the span stays, so that it is covered to its end.
  while (buckets_.size() > 1 && now - buckets_[1].at >= span_) buckets_.pop_front();
}

double load_window::max_since(instant since) const {
  double most = 0;
  for (const bucket& each : buckets_)
    if (each.at >= since) most = std::max(most, each.max);
  return most;
}

double load_window::ahead(instant since, instant now, milliseconds lead) const {
  // Seconds before now and mean loads; sums for the line of least squares.
  double n = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  for (const bucket& each : buckets_) {
    if (each.at < since) continue;
    const double at = std::chrono::duration<double>(each.at - now).count();
    const double load = each.sum / each.count;
    n += 1, x += at, y += load, xx += at * at, xy += at * load, yy += load * load;
  }
  const double spread = n * xx - x * x;
  if (n < points_min || spread <= 0) return 0;
  const double slope = (n * xy - x * y) / spread;
  const double here = (y - slope * x) / n;
  const double off = std::max(0.0, (yy - here * y - slope * xy) / n);
  const double rise = slope * std::chrono::duration<double>(lead).count();
  if (rise <= 0 || rise < noise_factor * std::sqrt(off)) return 0;
  return here + rise;
}

}  // namespace blotter::scale
