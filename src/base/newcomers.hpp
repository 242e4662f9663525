#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace blotter {

/// What is new in a list that is looked at again and again: for what people are told of once, for as long as
/// it stands there, and of no more than some a second. What there was no room for in one second comes in a
/// later one, also when it stands there no more. Pure; bounded by the list and `waiting_max`.
template <class T>
class newcomers {
 public:
  struct bounds {
    std::size_t per_second_max = 5;
    std::size_t waiting_max = 64;  ///< of more at once only those that stay are told, as room comes
  };
  newcomers() = default;
  explicit newcomers(bounds most) : most_(most) {}

  /// `standing` is the list as it is now. What is to be told of it, in its order.
  std::vector<T> take(const std::vector<T>& standing, instant now) {
    std::erase_if(known_, [&](const T& each) { return !has(standing, each); });
    for (const T& each : standing) {
      if (has(known_, each)) continue;
      const bool waits = has(waiting_, each);
      if (!waits && waiting_.size() >= most_.waiting_max) continue;
      if (!waits) waiting_.push_back(each);
      known_.push_back(each);
    }
    return next(now);
  }

 private:
  static bool has(const auto& all, const T& one) { return std::ranges::find(all, one) != all.end(); }

  std::vector<T> next(instant now) {
    if (now - second_ >= std::chrono::seconds(1)) {
      second_ = now;
      told_ = 0;
    }
    std::vector<T> out;
    for (; !waiting_.empty() && told_ < most_.per_second_max; ++told_) {
      out.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return out;
  }

  bounds most_;
  std::vector<T> known_;   ///< stands there, and was told or waits
  std::deque<T> waiting_;  ///< to be told
  instant second_{};       ///< when the one that `told_` is of began
  std::size_t told_ = 0;
};

}  // namespace blotter
