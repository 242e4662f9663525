#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

namespace blotter::app {

/// How long to wait before a stream is opened again. Full jitter: anywhere between nothing and a ceiling that
/// doubles with each failure, so that viewers who lost one server do not return as one. Pure.
class reconnect {
 public:
  static constexpr milliseconds base_default{500};
  static constexpr milliseconds ceiling_max{30'000};

  /// The server's `retry:`: the first ceiling. Taken as at least 10 ms and at most `ceiling_max`.
  void asked_for(milliseconds retry);
  /// The server has too many viewers: the next wait is at least its `retry:`.
  void overloaded() { overloaded_ = true; }
  /// A stream was live: the next failure is the first again. Not said at its mere opening, or a server that
  /// takes viewers and drops them at once would be asked without end.
  void succeeded() { failures_ = 0; }

  milliseconds next(random_source& chance);

 private:
  milliseconds base_ = base_default;
  unsigned failures_ = 0;
  bool overloaded_ = false;
};

}  // namespace blotter::app
