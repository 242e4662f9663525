#pragma once

#include "feed/reject_ledger.hpp"
#include "kafka/kafka_writer.hpp"

namespace blotter::kafka {

/// Keeps refused records in a topic: key and value as they came, headers `reason`, `partition` and `offset`.
/// Never waits: what does not fit into the writer's queue is dropped, and counted there.
class dead_letter_topic : public feed::dead_letter {
 public:
  /// Throws std::runtime_error for options that can never work. The topic is not made here.
  explicit dead_letter_topic(writer_options options) : writer_(std::move(options)) {}

  void put(const feed::raw_record& record, feed::reject_reason reason, instant now) override;
  /// Before the end: waits until what was put is delivered, for at most `timeout`. False when some is not.
  bool flush(milliseconds timeout) { return writer_.flush(timeout); }
  const writer_counters& counters() const { return writer_.counters(); }

 private:
  kafka_writer writer_;
};

}  // namespace blotter::kafka
