#include "kafka/log_reader.hpp"

#include <algorithm>
#include <cstdint>

namespace blotter::kafka {
namespace {

constexpr std::uint64_t wake_payload = 1;  // what an eventfd takes
// A quarter of what makes the library pause, at its default limits (100,000 records, 64 MiB).
constexpr std::size_t nudge_records_min = 25'000;
constexpr std::size_t nudge_bytes_min = 16u << 20;

}  // namespace

log_reader::log_reader(const std::vector<property>& properties, client_listener& listener,
                       const std::string& topic, const wake_signal& wake)
    : handle_(RD_KAFKA_CONSUMER, properties, listener),
      topic_(rd_kafka_topic_new(handle_.get(), topic.c_str(), nullptr)),
      queue_(rd_kafka_queue_new(handle_.get())),
      main_queue_(rd_kafka_queue_get_main(handle_.get())) {
  rd_kafka_queue_io_event_enable(queue_.get(), wake.descriptor(), &wake_payload, sizeof wake_payload);
  rd_kafka_queue_io_event_enable(main_queue_.get(), wake.descriptor(), &wake_payload, sizeof wake_payload);
}

log_reader::~log_reader() {
  rd_kafka_queue_io_event_enable(queue_.get(), -1, nullptr, 0);
  rd_kafka_queue_io_event_enable(main_queue_.get(), -1, nullptr, 0);
  release();
  for (const std::int32_t p : started_) rd_kafka_consume_stop(topic_.get(), p);
  queue_.reset();
  main_queue_.reset();
  topic_.reset();
}

rd_kafka_resp_err_t log_reader::open(int timeout_ms) {
  const struct rd_kafka_metadata* answer = nullptr;
  const auto code = rd_kafka_metadata(handle_.get(), 0, topic_.get(), &answer, timeout_ms);
  if (answer != nullptr) rd_kafka_metadata_destroy(answer);
  return code;
}

rd_kafka_resp_err_t log_reader::start(table::partition_id partition, table::record_offset from) {
  const auto p = static_cast<std::int32_t>(partition);
  if (rd_kafka_consume_start_queue(topic_.get(), p, from, queue_.get()) != 0) return rd_kafka_last_error();
  started_.insert(p);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// What of it is in the queue has an older version number from here on, and the library lets it fall.
void log_reader::stop(table::partition_id partition) {
  release();
  const auto p = static_cast<std::int32_t>(partition);
  if (started_.erase(p) != 0) rd_kafka_consume_stop(topic_.get(), p);
}

std::span<rd_kafka_message_t* const> log_reader::take() {
  release();
  batch_.resize(batch_size_max);
  // Timeout 0: with any other, 2.0.2 waits for the whole of it unless the batch is full.
  const auto taken = rd_kafka_consume_batch_queue(queue_.get(), 0, batch_.data(), batch_.size());
  batch_.resize(taken > 0 ? static_cast<std::size_t>(taken) : 0);
  keep_fetching();
  return batch_;
}

// A full queue makes the library's broker threads sleep; 2.0.2 does not wake them when it has room again, so
// that a reader slower than the broker would idle for most of each second. Anything sent to the broker wakes
// them: done when the queue is half empty.
void log_reader::keep_fetching() {
  taken_records_ += batch_.size();
  for (const auto* message : batch_) taken_bytes_ += message->len;
  const std::size_t left = rd_kafka_queue_length(queue_.get());
  queue_peak_ = std::max(queue_peak_, left + batch_.size());
  if (taken_records_ < nudge_records_min && taken_bytes_ < nudge_bytes_min) return;
  if (left >= queue_peak_ / 2) return;
  nudge();
  queue_peak_ = left;
  taken_records_ = taken_bytes_ = 0;
}

// Asks every leader where its logs end, and does not wait for the answer.
void log_reader::nudge() {
  const list_ptr list(rd_kafka_topic_partition_list_new(static_cast<int>(started_.size())));
  for (const std::int32_t p : started_) {
    rd_kafka_topic_partition_list_add(list.get(), rd_kafka_topic_name(topic_.get()), p)->offset =
        RD_KAFKA_OFFSET_END;
  }
  static_cast<void>(rd_kafka_offsets_for_times(handle_.get(), list.get(), 0));
}

void log_reader::release() {
  for (auto* message : batch_) rd_kafka_message_destroy(message);
  batch_.clear();
}

}  // namespace blotter::kafka
