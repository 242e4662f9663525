#pragma once

#include <atomic>
#include <cstdint>

namespace blotter::metrics {

/// Cells of different writers never share a cache line, or each write of one core would slow another.
inline constexpr std::size_t cache_line_size = 64;

/// A number that only grows. One thread writes, any thread reads at any time; a reader sees some recent
/// value. No lock and no locked instruction: a write costs what a plain addition does. Lives as long as its
/// registry.
class alignas(cache_line_size) counter {
 public:
  counter() = default;
  counter(const counter&) = delete;
  counter& operator=(const counter&) = delete;

  /// Writer only.
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that goes up and down; whole numbers are exact up to 2^53. Written and read as a counter is.
class alignas(cache_line_size) gauge {
 public:
  gauge() = default;
  gauge(const gauge&) = delete;
  gauge& operator=(const gauge&) = delete;

  /// Writer only.
  void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
  /// Writer only; `n` may be negative.
  void add(double n = 1) noexcept { set(value() + n); }
  double value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
  static_assert(std::atomic<double>::is_always_lock_free);
};

}  // namespace blotter::metrics
