#include "metrics/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.hpp"

namespace blotter::metrics {

std::uint64_t distribution::count_up_to(std::uint64_t value) const {
  if (value >= histogram_value_max) return count_;
  const auto end = buckets_.begin() + static_cast<std::ptrdiff_t>(bucket_of(value)) + 1;
  return std::accumulate(buckets_.begin(), end, std::uint64_t{0});
}

std::uint64_t distribution::quantile(double q) const {
  if (count_ == 0) return 0;
  const double rank = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(rank));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bucket_count; ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return i + 1 == bucket_count ? max_ : std::min(bucket_bound(i), max_);
  }
  return max_;
}

distribution& distribution::operator+=(const distribution& other) {
  for (std::size_t i = 0; i < bucket_count; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
  return *this;
}

distribution distribution::since(const distribution& earlier) const {
  check(earlier.count_ <= count_);
  distribution between = *this;
  for (std::size_t i = 0; i < bucket_count; ++i) between.buckets_[i] -= earlier.buckets_[i];
  between.count_ -= earlier.count_;
  between.sum_ -= earlier.sum_;
  return between;
}

distribution histogram::read() const {
  distribution now;
  for (std::size_t i = 0; i < bucket_count; ++i) {
    now.buckets_[i] = buckets_[i].load(std::memory_order_relaxed);
    now.count_ += now.buckets_[i];
  }
  now.sum_ = sum_.load(std::memory_order_relaxed);
  now.max_ = max_.load(std::memory_order_relaxed);
  return now;
}

}  // namespace blotter::metrics
