#pragma once

#include "feed/event.hpp"
#include "feed/line_pump.hpp"
#include "feed/record.hpp"
#include "feed/reject_ledger.hpp"
#include "lines/source_thread.hpp"

namespace blotter::lines {

/// Lines from a pipe, terminal or file that is read once: standard input. The generation is random, as nobody
/// can read it again. Caught up when nothing more is there for the moment; at its end, which also ends a last
/// line, it stays current: all has been given. A thread of its own from `start` to `stop`.
class stream_source {
 public:
  /// `input` is read, but neither owned nor changed; `rejects` and `to` outlive the source.
  stream_source(int input, const feed::record_mapping& mapping, feed::reject_ledger& rejects,
                feed::outlet& to);

  void start();
  void stop() { thread_.stop(); }
  const feed::line_pump& pump() const { return pump_; }

 private:
  void run();
  bool read_some(char* buffer, bool& ended);
  bool caught_up();

  int input_;
  feed::outlet& to_;
  feed::line_pump pump_;
  bool caught_up_ = false;
  source_thread thread_;
};

}  // namespace blotter::lines
