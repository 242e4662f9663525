#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <vector>

#include "metrics/cell.hpp"

namespace blotter::metrics {

/// The scale of all histograms: whole numbers from 0 to 2^40 (18 minutes of nanoseconds) in buckets that are
/// 1 wide up to 64 and then 1/32 of their octave, so that a quantile is never off by more than 3.2 %. Bucket
/// `i` holds the values above `bucket_bound(i - 1)` up to and including `bucket_bound(i)`, as Prometheus
/// counts them; every power of two is such a bound.
inline constexpr unsigned octave_bits = 5;
inline constexpr unsigned value_bits = 40;
inline constexpr std::uint64_t histogram_value_max = std::uint64_t{1} << value_bits;
inline constexpr std::size_t bucket_count = (value_bits - octave_bits + 1) << octave_bits;

/// The bucket of `value`; what is larger than `histogram_value_max` counts as that.
constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
  if (value > histogram_value_max) [[unlikely]]
    value = histogram_value_max;
  const std::uint64_t below = value - (value != 0);  // bounds are inclusive
  const auto width = static_cast<unsigned>(std::bit_width(below));
  const unsigned shift = width > octave_bits + 1 ? width - octave_bits - 1 : 0;
  return (std::size_t{shift} << octave_bits) + static_cast<std::size_t>(below >> shift);
}

/// The largest value of `bucket`.
constexpr std::uint64_t bucket_bound(std::size_t bucket) noexcept {
  const std::size_t octave = bucket >> octave_bits;
  const std::size_t shift = octave > 1 ? octave - 1 : 0;
  return (static_cast<std::uint64_t>(bucket - (shift << octave_bits)) + 1) << shift;
}

/// What a histogram held when it was read; a value, to add up, compare and ask.
class distribution {
 public:
  std::uint64_t count() const { return count_; }
  /// Of all values as they were recorded, for the mean.
  std::uint64_t sum() const { return sum_; }
  /// The largest value ever recorded, exactly; 0 when none was.
  std::uint64_t max() const { return max_; }
  /// How many values were at most `value`; exact where `value` is a power of two.
  std::uint64_t count_up_to(std::uint64_t value) const;
  /// A value that the part `q` (0 to 1) of all values does not exceed, at most 3.2 % above the true one; 0
  /// when empty.
  std::uint64_t quantile(double q) const;

  /// The values of both, as of several cores.
  distribution& operator+=(const distribution& other);
  /// What was recorded since `earlier`, a reading of the same cells. `max` stays that of all time.
  distribution since(const distribution& earlier) const;

 private:
  friend class histogram;
  std::vector<std::uint64_t> buckets_ = std::vector<std::uint64_t>(bucket_count);
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

/// How values are spread: log-linear buckets in fixed memory (9 KiB). One thread records, any thread reads at
/// any time. A reading may miss values that are being recorded; its count always is the sum of its buckets.
class alignas(cache_line_size) histogram {
 public:
  histogram() = default;
  histogram(const histogram&) = delete;
  histogram& operator=(const histogram&) = delete;

  /// Writer only; a few nanoseconds.
  void record(std::uint64_t value) noexcept {
    bump(buckets_[bucket_of(value)], 1);
    bump(sum_, value);
    if (value > max_.load(std::memory_order_relaxed)) max_.store(value, std::memory_order_relaxed);
  }

  distribution read() const;

 private:
  using number = std::atomic<std::uint64_t>;
  static void bump(number& what, std::uint64_t n) noexcept {
    what.store(what.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }

  number sum_{0};
  number max_{0};
  std::array<number, bucket_count> buckets_{};
};

}  // namespace blotter::metrics
