#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace blotter::sim {

using std::chrono::microseconds;

/// Virtual time and what is to happen in it, in order of time and, at the same time, in order of asking: one
/// life has one of these, and nothing happens outside of it.
class schedule {
 public:
  using action = std::function<void()>;

  instant now() const { return now_; }
  void at(instant when, action what) {
    heap_.push_back({std::max(when, now_), next_++, std::move(what)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  void after(microseconds delay, action what) { at(now_ + delay, std::move(what)); }

  /// Lets everything happen until `end`, or until `stop()` holds.
  template <class Stop>
  void run_until(instant end, Stop&& stop) {
    while (!heap_.empty() && heap_.front().when <= end && !stop()) {
      std::pop_heap(heap_.begin(), heap_.end(), later);
      entry next = std::move(heap_.back());
      heap_.pop_back();
      now_ = next.when;
      ++steps_;
      next.what();
    }
    if (!stop()) now_ = std::max(now_, end);
  }
  std::uint64_t steps() const { return steps_; }

 private:
  struct entry {
    instant when;
    std::uint64_t number;
    action what;
  };
  static bool later(const entry& a, const entry& b) {
    return a.when != b.when ? a.when > b.when : a.number > b.number;
  }

  std::vector<entry> heap_;
  instant now_{std::chrono::hours(1)};
  std::uint64_t next_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace blotter::sim
