#include "scenario/ages.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace blotter::scenario {

namespace {

constexpr double finest = 1e-4;
/// A float's leading bits are its logarithm: what is left of it after this shift numbers the buckets.
constexpr unsigned shift_to_bucket = 18;
constexpr std::uint32_t first_bucket = std::bit_cast<std::uint32_t>(1.0f) >> shift_to_bucket;

std::uint32_t bucket_of(double seconds) {
  const auto scaled = static_cast<float>(seconds / finest + 1);
  return (std::bit_cast<std::uint32_t>(scaled) >> shift_to_bucket) - first_bucket;
}

double upper_edge(std::size_t bucket) {
  const auto bits = static_cast<std::uint32_t>(bucket + 1 + first_bucket) << shift_to_bucket;
  return (static_cast<double>(std::bit_cast<float>(bits)) - 1) * finest;
}

/// A slice of the exponential distribution with the mean 1: how many, and how old one of them is.
struct slice {
  double part;
  double age;
};

/// Finer towards the tail, where the quantiles that are asked for lie.
constexpr std::array<double, 19> slice_ends = {0.1,   0.2,   0.3,   0.4,   0.5,   0.6,   0.7,
                                               0.8,   0.9,   0.93,  0.95,  0.965, 0.975, 0.983,
                                               0.988, 0.992, 0.995, 0.998, 1.0};
/// Slices are told by another of their rows each time, so that many of them are as smooth as what they mean.
constexpr std::size_t phases = 16;
constexpr std::size_t next_phase = 7;
using slices = std::array<slice, slice_ends.size()>;

const std::array<slices, phases>& all_slices() {
  static const std::array<slices, phases> all = [] {
    std::array<slices, phases> made;
    for (std::size_t phase = 0; phase < phases; ++phase) {
      double below = 0;
      for (std::size_t i = 0; i < slice_ends.size(); ++i) {
        const double part = slice_ends[i] - below;
        const double which = below + part * (static_cast<double>(phase) + 0.5) / phases;
        made[phase][i] = {part, -std::log1p(-which)};
        below = slice_ends[i];
      }
    }
    return made;
  }();
  return all;
}

}  // namespace

void ages::add(double seconds, double rows) {
  const std::size_t bucket = std::min<std::size_t>(bucket_of(seconds), buckets - 1);
  by_age_[bucket] += rows;
  rows_ += rows;
}

void ages::add_exponential(double shift, double scale, double rows) {
  if (rows <= 0) return;
  phase_ = (phase_ + next_phase) % phases;
  for (const slice& each : all_slices()[phase_]) add(shift + scale * each.age, rows * each.part);
}

void ages::add(const ages& other) {
  for (std::size_t i = 0; i < buckets; ++i) by_age_[i] += other.by_age_[i];
  rows_ += other.rows_;
}

void ages::clear() {
  by_age_.fill(0);
  rows_ = 0;
}

double ages::quantile(double part) const {
  if (rows_ <= 0) return 0;
  double below = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    below += by_age_[i];
    if (below >= part * rows_ && by_age_[i] > 0) return upper_edge(i);
  }
  return upper_edge(buckets - 1);
}

}  // namespace blotter::scenario
