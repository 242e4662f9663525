#pragma once

#include <utility>

#include "base/time.hpp"

namespace blotter::node {

/// How far a loop is behind what reaches it, by its own ticks: a tick waits its turn behind all that came
/// before it, so what had come when one was done is taken in when the next one is. A loop that does not keep
/// up is late until it has kept up for a while: what its links held back meanwhile comes in more than one
/// turn.
class own_lag {
 public:
  /// Late with more than `most`; no longer after `recovery` without.
  own_lag(milliseconds most, milliseconds recovery) : most_(most), recovery_(recovery) {}

  /// At each tick.
  void tick(instant now) {
    taken_in_ = last_ == instant{} ? now : last_;
    last_ = now;
    look(now);
    if (late_ && now - taken_in_ <= most_ && now - late_at_ >= recovery_) late_ = false;
  }
  /// True when that made it late.
  bool look(instant now) {
    if (last_ == instant{} || now - taken_in_ <= most_) return false;
    late_at_ = now;
    return !std::exchange(late_, true);
  }
  bool late() const { return late_; }
  /// All that had come by then has been taken in; long ago before the first tick.
  instant taken_in() const { return taken_in_; }

 private:
  milliseconds most_;
  milliseconds recovery_;
  instant last_{};
  instant taken_in_{};
  instant late_at_{};
  bool late_ = false;
};

}  // namespace blotter::node
