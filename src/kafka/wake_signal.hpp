#pragma once

#include "base/time.hpp"

namespace blotter::kafka {

/// Wakes a thread that sleeps. A descriptor underneath (eventfd), so that librdkafka can write to it as well.
/// Raised from any thread; waited for by one.
class wake_signal {
 public:
  /// Throws std::system_error when the process has no descriptor left.
  wake_signal();
  ~wake_signal();
  wake_signal(const wake_signal&) = delete;
  wake_signal& operator=(const wake_signal&) = delete;

  void raise() const;
  /// Sleeps until it is raised, at most for `timeout`; lowers it.
  void wait(milliseconds timeout) const;
  /// To wait for together with others; lower it afterwards with `wait` of zero.
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace blotter::kafka
