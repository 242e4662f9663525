#pragma once

#include <atomic>
#include <functional>
#include <initializer_list>
#include <thread>

#include "base/time.hpp"
#include "lines/descriptor.hpp"

namespace blotter::lines {

/// The thread of a source, and what ends it from outside: a waiting source waits on the end as well.
class source_thread {
 public:
  source_thread();
  ~source_thread() { stop(); }

  /// Once. `body` should return soon after `stopping` has become true.
  void start(std::function<void()> body);
  /// Ends the thread and waits for it; any number of times. A body that is inside an outlet's `put` only
  /// comes back when that does: close the outlet first.
  void stop();

  bool stopping() const { return stopping_.load(std::memory_order_acquire); }

  enum class woken { by_input, by_time, by_stop };
  /// On the source's thread: until one of `inputs` can be read, `most` has passed (negative: for ever), or
  /// `stop`.
  woken wait(std::initializer_list<int> inputs, milliseconds most) const;

 private:
  descriptor wake_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace blotter::lines
