#include "net/core.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "base/check.hpp"

namespace blotter::net {
namespace {

constexpr milliseconds sample_period{50};
constexpr std::chrono::seconds load_window{1};

/// Nanoseconds for which this thread has run or waited for a processor. The waiting is counted because a loop
/// that others keep from running has nothing left to give, although its own CPU time looks small.
std::uint64_t used_ns() {
  char text[96] = {};
  const int fd = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    const auto size = ::read(fd, text, sizeof(text) - 1);
    ::close(fd);
    unsigned long long ran = 0;
    unsigned long long waited = 0;
    if (size > 0 && std::sscanf(text, "%llu %llu", &ran, &waited) == 2) return ran + waited;
  }
  timespec ran{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ran);
  return static_cast<std::uint64_t>(ran.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(ran.tv_nsec);
}

}  // namespace

core::core(unsigned index) : index_(index), work_(loop_.get_executor()) {
  every(sample_period, [this](instant now) { measure(now); });
}

core::~core() {
  stop();
}

void core::every(milliseconds period, std::function<void(instant)> what) {
  check(period >= milliseconds(1));
  ticks_.push_back(std::make_unique<tick>(loop_, period, std::move(what)));
  tick& added = *ticks_.back();
  added.due = instant::clock::now() + period;
  arm(added);
}

void core::arm(tick& which) {
  which.timer.expires_at(which.due);
  which.timer.async_wait([this, &which](error_code failed) {
    if (!failed) ticked(which);
  });
}

void core::ticked(tick& which) {
  const instant now = instant::clock::now();
  const auto late = now - which.due;
  worst_ns_ = std::max(worst_ns_, std::chrono::duration_cast<std::chrono::nanoseconds>(late).count());
  which.what(now);
  which.due += which.period * (late / which.period + 1);
  arm(which);
}

void core::measure(instant now) {
  if (now - measured_at_ < load_window) return;
  const std::uint64_t used = used_ns();
  if (measured_at_ != instant{}) {
    const std::chrono::duration<double, std::nano> passed = now - measured_at_;
    busy_.store(std::min(1.0, static_cast<double>(used - used_ns_) / passed.count()),
                std::memory_order_relaxed);
    worst_delay_ms_.store(worst_ns_ / 1'000'000, std::memory_order_relaxed);
  }
  measured_at_ = now;
  used_ns_ = used;
  worst_ns_ = 0;
}

core_load core::load() const {
  return {busy_.load(std::memory_order_relaxed),
          milliseconds(worst_delay_ms_.load(std::memory_order_relaxed))};
}

void core::start() {
  check(!thread_.joinable());
  // A signal must reach the thread that waits for signals, never a core in the middle of a send.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), ("core-" + std::to_string(index_)).c_str());
}

void core::run() {
  loop_.run();
}

void core::stop() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

core_set::core_set(unsigned count) {
  check(count > 0);
  for (unsigned i = 0; i < count; ++i) cores_.push_back(std::make_unique<core>(i));
}

core_set::~core_set() {
  stop();
}

void core_set::start() {
  for (auto& each : cores_) each->start();
}

void core_set::stop() {
  for (auto& each : cores_) each->stop();
}

}  // namespace blotter::net
