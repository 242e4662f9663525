#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "base/check.hpp"

namespace blotter::net {

/// The door into a core: any thread pushes, the core that owns `loop` takes, in the order pushed. Holds at
/// most `capacity` items; the pusher chooses what a full one means: `try_push` is refused, `push_wait`
/// blocks. The core is woken once for each time the mailbox stops being empty, and takes at most `batch`
/// items before it lets its loop serve others. Destroyed only after its core has stopped and no thread can
/// push any more.
template <class T>
class mailbox {
 public:
  /// `taken`, where given, is called after each batch: to do once what many items brought about.
  mailbox(boost::asio::io_context& loop, std::size_t capacity, std::size_t batch,
          std::function<void(T&&)> take, std::function<void()> taken = {})
      : loop_(loop), capacity_(capacity), batch_(batch), take_(std::move(take)), taken_(std::move(taken)) {
    check(capacity > 0 && batch > 0);
  }
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;

  /// Any thread. False when full or closed; `item` is then untouched.
  [[nodiscard]] bool try_push(T&& item) {
    std::unique_lock lock(mutex_);
    if (closed_ || held_ >= capacity_) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    put(std::move(item), lock);
    return true;
  }

  /// A thread that is no core: waits for room. False when closed.
  [[nodiscard]] bool push_wait(T&& item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return closed_ || held_ < capacity_; });
    if (closed_) return false;
    put(std::move(item), lock);
    return true;
  }

  /// Any thread. Nothing is accepted any more and nobody waits for room; what was accepted before is still
  /// taken.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
  }

  /// Any thread: how often `try_push` was refused.
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  void put(T&& item, std::unique_lock<std::mutex>& lock) {
    arrived_.push_back(std::move(item));
    ++held_;
    if (std::exchange(awake_, true)) return;
    lock.unlock();
    wake();
  }

  void wake() {
    boost::asio::post(loop_, [this] { drain(); });
  }

  /// On the owning core.
  void drain() {
    if (next_ == taking_.size() && !refill()) return;
    const std::size_t end = std::min(taking_.size(), next_ + batch_);
    const std::size_t count = end - next_;
    while (next_ < end) take_(std::move(taking_[next_++]));
    if (taken_) taken_();
    const std::lock_guard lock(mutex_);
    held_ -= count;
    room_.notify_all();
    awake_ = held_ > 0;
    if (awake_) wake();
  }

  bool refill() {
    taking_.clear();
    next_ = 0;
    const std::lock_guard lock(mutex_);
    taking_.swap(arrived_);
    return !taking_.empty();
  }

  boost::asio::io_context& loop_;
  const std::size_t capacity_;
  const std::size_t batch_;
  const std::function<void(T&&)> take_;
  const std::function<void()> taken_;

  std::vector<T> taking_;  // the core's own
  std::size_t next_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable room_;
  std::vector<T> arrived_;
  std::size_t held_ = 0;  // accepted and not yet taken
  bool awake_ = false;    // a drain is posted or running
  bool closed_ = false;
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace blotter::net
