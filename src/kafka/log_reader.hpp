#pragma once

#include <span>
#include <string>
#include <vector>

#include "kafka/client_handle.hpp"
#include "kafka/wake_signal.hpp"
#include "table/position.hpp"

namespace blotter::kafka {

/// Reads all partitions of a topic from given offsets on, through one queue. No consumer group, no commit:
/// the library's "simple" consumer, which asks for no group coordinator and no rights to a group. Opened
/// once; to read from elsewhere, make another. One thread.
class log_reader {
 public:
  static constexpr std::size_t batch_size_max = 1000;

  /// Throws std::runtime_error for properties the library refuses. `wake` is raised whenever there is
  /// something to `take` or `poll` after all was taken.
  log_reader(const std::vector<property>& properties, client_listener& listener, const std::string& topic,
             const wake_signal& wake);
  ~log_reader();
  log_reader(const log_reader&) = delete;
  log_reader& operator=(const log_reader&) = delete;

  /// Begins to read partition p at `from[p]`. Waits for at most `timeout_ms` until partitions' leaders are
  /// known, without which 2.0.2 begins half a second later.
  rd_kafka_resp_err_t open(std::span<const table::record_offset> from, int timeout_ms);

  /// What is there: records, ends of partitions, errors. Never waits. Valid until the next call. Less than
  /// `batch_size_max` means that the queue is empty.
  std::span<rd_kafka_message_t* const> take();

  /// Lets the listener hear what there is.
  void poll() { handle_.poll(); }

 private:
  void release();
  void keep_fetching();
  void nudge();

  client_handle handle_;
  topic_ptr topic_;
  queue_ptr queue_;
  queue_ptr main_queue_;
  std::int32_t started_ = 0;
  std::vector<rd_kafka_message_t*> batch_;
  // Since the last nudge: the queue's greatest length, and what was taken.
  std::size_t queue_peak_ = 0;
  std::size_t taken_records_ = 0;
  std::size_t taken_bytes_ = 0;
};

}  // namespace blotter::kafka
