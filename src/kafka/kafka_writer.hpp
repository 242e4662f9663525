#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "kafka/client_handle.hpp"
#include "kafka/kafka_options.hpp"

namespace blotter::kafka {

struct writer_options {
  std::vector<broker_address> brokers;  ///< to ask first; 1 or more
  std::string topic;
  std::vector<property> properties;           ///< handed on to librdkafka: TLS, SASL, linger.ms
  std::uint32_t queue_records_max = 100'000;  ///< not yet delivered, at most; at most 256 MiB besides
  log_line log = [](int, std::string_view) {};
};

/// A record's header, by its name.
struct header {
  const char* name;
  std::string_view value;
};

/// What to do with a record while the queue is full.
enum class when_full {
  wait,  ///< for room: a source that can be slowed down
  drop,  ///< and count it: dead letters, which must hold nothing up
};

/// Counts of a writer since it was made. Any thread may read them.
struct writer_counters {
  std::atomic<std::uint64_t> taken{0};      ///< into the queue
  std::atomic<std::uint64_t> delivered{0};  ///< the broker has it
  std::atomic<std::uint64_t> failed{0};     ///< given up after message.timeout.ms, or refused
  std::atomic<std::uint64_t> dropped{0};    ///< never queued
};

/// Writes records to a topic: idempotent, in order, keys to partitions as Kafka's own clients do. One thread
/// writes.
class kafka_writer : client_listener {
 public:
  /// Throws std::runtime_error in plain words for options that can never work.
  explicit kafka_writer(writer_options options);
  /// Gives up what was not delivered; `flush` first.
  ~kafka_writer() override = default;

  /// Makes the topic, compacted, unless there is one. Throws std::runtime_error with the reason when there is
  /// none after `timeout`.
  void ensure_topic(std::uint32_t partitions, milliseconds timeout);

  /// Queues a record; no value is a tombstone. False when it was dropped: too large, queue full, or stopped.
  bool write(std::optional<std::string_view> key, std::optional<std::string_view> value,
             std::span<const header> headers = {}, when_full policy = when_full::wait);

  /// Waits until all is delivered or failed. False when `timeout` came first.
  bool flush(milliseconds timeout);
  /// Ends a waiting `write`, and all later ones. Any thread.
  void stop() { stopping_ = true; }

  const writer_counters& counters() const { return counters_; }
  /// Why a record failed last, or empty. On the writing thread.
  const std::string& last_failure() const { return last_failure_; }

 private:
  rd_kafka_resp_err_t produce(std::optional<std::string_view> key, std::optional<std::string_view> value,
                              std::span<const header> headers);
  bool drop(std::string_view why);
  void on_error(rd_kafka_resp_err_t code, std::string_view text) override;
  void on_log(int level, std::string_view line) override { options_.log(level, line); }
  void on_delivery(const rd_kafka_message_t& message) override;

  const writer_options options_;
  writer_counters counters_;
  std::atomic<bool> stopping_ = false;
  std::string last_failure_;
  client_handle handle_;
  topic_ptr topic_;
  std::uint32_t since_poll_ = 0;
};

}  // namespace blotter::kafka
