#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace blotter::net {

/// How much of a core is used up, over the last full second.
struct core_load {
  double busy = 0;  ///< 0 to 1: share of time in which the loop ran, or waited for a processor to run on
  milliseconds worst_delay{};  ///< longest that something ready had to wait for the loop, sampled every 50 ms
};

/// A thread and its loop. What is born on a core lives and dies there; the door between cores is a `mailbox`.
/// Everything is called on the core's own thread, or before `start`, unless it says otherwise.
class core {
 public:
  explicit core(unsigned index);
  /// Stops and joins.
  ~core();
  core(const core&) = delete;
  core& operator=(const core&) = delete;

  unsigned index() const { return index_; }
  boost::asio::io_context& loop() { return loop_; }

  /// Any thread. Runs `what` on this core, later. Not bounded: for rare things such as start and stop;
  /// whatever comes at the world's rate goes through a `mailbox`.
  template <class F>
  void post(F&& what) {
    boost::asio::post(loop_, std::forward<F>(what));
  }

  /// Calls `what` every `period` (at least 1 ms) until the core stops. Ticks that were missed are not made up
  /// for.
  void every(milliseconds period, std::function<void(instant)> what);

  /// Any thread.
  core_load load() const;

  /// The thread begins; signals are left to the other threads of the process.
  void start();
  /// Any thread but this core's own: ends the loop after the handler that runs now, and joins. What was
  /// posted and did not run never will. May be called again.
  void stop();

 private:
  struct tick {
    tick(boost::asio::io_context& loop, milliseconds every, std::function<void(instant)> call)
        : timer(loop), period(every), what(std::move(call)) {}
    boost::asio::steady_timer timer;
    milliseconds period;
    std::function<void(instant)> what;
    instant due;
  };
  void run();
  void arm(tick& which);
  void ticked(tick& which);
  void measure(instant now);

  const unsigned index_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::vector<std::unique_ptr<tick>> ticks_;
  std::thread thread_;

  instant measured_at_{};
  std::uint64_t used_ns_ = 0;
  std::int64_t worst_ns_ = 0;
  std::atomic<double> busy_{0};
  std::atomic<std::int64_t> worst_delay_ms_{0};
};

/// The cores of a process, numbered from 0.
class core_set {
 public:
  /// `count` cores, at least 1.
  explicit core_set(unsigned count);
  ~core_set();

  unsigned size() const { return static_cast<unsigned>(cores_.size()); }
  core& operator[](unsigned index) { return *cores_[index]; }

  void start();
  /// Stops and joins all. What lives on the cores may then be destroyed from the thread that called this.
  void stop();

 private:
  std::vector<std::unique_ptr<core>> cores_;
};

}  // namespace blotter::net
