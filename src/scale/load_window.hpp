#pragma once

#include <deque>

#include "base/time.hpp"

namespace blotter::scale {

/// The load of the last minutes, to ask how high it was and where it goes. A value; bounded: `buckets_max`.
class load_window {
 public:
  static constexpr int buckets_max = 512;

  /// Keeps what is no older than `span`.
  explicit load_window(milliseconds span) : span_(span), width_(span / buckets_max + milliseconds(1)) {}

  /// `now` does not go back.
  void add(instant now, double load);
  void clear() { buckets_.clear(); }

  /// Whether it reaches back to `since`.
  bool covers(instant since) const { return !buckets_.empty() && buckets_.front().at <= since; }
  /// The greatest since then; 0 where nothing is known.
  double max_since(instant since) const;
  /// What the load will be `lead` after `now`, if it goes on as it did since `since`: the straight line of
  /// least squares. 0 where it does not rise, where that rise is no more than its own noise, or where there
  /// are too few points to tell.
  double ahead(instant since, instant now, milliseconds lead) const;

 private:
  struct bucket {
    instant at;
    double max;
    double sum;
    unsigned count;
  };
  milliseconds span_;
  milliseconds width_;
  std::deque<bucket> buckets_;
};

}  // namespace blotter::scale
