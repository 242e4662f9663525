#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "kafka/client_handle.hpp"
#include "kafka/wake_signal.hpp"
#include "table/position.hpp"

namespace blotter::kafka {

/// Reads partitions of a topic from given offsets on, through one queue. No consumer group, no commit: the
/// library's "simple" consumer, which asks for no group coordinator and no rights to a group. One thread.
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

  /// Once, before all else. Waits for at most `timeout_ms` until partitions' leaders are known, without which
  /// 2.0.2 begins to read half a second later.
  rd_kafka_resp_err_t open(int timeout_ms);
  /// Begins to read a partition that is not being read.
  rd_kafka_resp_err_t start(table::partition_id partition, table::record_offset from);
  /// Reads it no more: nothing that follows is of this reading. Forgets what was taken last. Waits for the
  /// library's own thread, some microseconds.
  void stop(table::partition_id partition);

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
  std::set<std::int32_t> started_;
  std::vector<rd_kafka_message_t*> batch_;
  // Since the last nudge: the queue's greatest length, and what was taken.
  std::size_t queue_peak_ = 0;
  std::size_t taken_records_ = 0;
  std::size_t taken_bytes_ = 0;
};

}  // namespace blotter::kafka
