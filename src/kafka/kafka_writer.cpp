#include "kafka/kafka_writer.hpp"

#include <stdexcept>

namespace blotter::kafka {
namespace {

struct destroy_new_topic {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};
struct destroy_admin_options {
  void operator()(rd_kafka_AdminOptions_t* limits) const { rd_kafka_AdminOptions_destroy(limits); }
};
struct destroy_headers {
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
};

constexpr std::uint32_t writes_between_polls = 256;
constexpr int room_wait_ms = 20;

std::vector<property> producer_properties(const writer_options& options) {
  if (options.brokers.empty()) throw std::runtime_error("Kafka writer: no broker named");
  if (options.topic.empty()) throw std::runtime_error("Kafka writer: no topic named");
  std::vector<property> all = {
      {"client.id", "blotter"},
      {"bootstrap.servers", to_string(options.brokers)},
      {"enable.idempotence", "true"},
      {"partitioner", "murmur2_random"},
      {"linger.ms",
       "20"},  // with 5 a writer in a hurry gets half as far, in batches too small for the broker
      {"retry.backoff.ms", "10"},
      {"queue.buffering.max.messages", std::to_string(options.queue_records_max)},
      {"queue.buffering.max.kbytes", "262144"},
      {"message.max.bytes", "2000000"},
      {"socket.nagle.disable", "true"},
      {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "250"},
  };
  for (const auto& [name, value] : options.properties) {
    if (name == "bootstrap.servers" || name == "metadata.broker.list" || name == "log.queue") {
      throw std::runtime_error("Kafka property " + name + "=" + value +
                               ": the writer depends on its own value");
    }
    all.push_back({name, value});
  }
  return all;
}

// Null means "none" to the library, so that an empty text must not be null.
const char* bytes_of(const std::optional<std::string_view>& text) {
  return !text ? nullptr : text->data() == nullptr ? "" : text->data();
}

std::size_t size_of(const std::optional<std::string_view>& text) {
  return text ? text->size() : 0;
}

}  // namespace

kafka_writer::kafka_writer(writer_options options)
    : options_(std::move(options)),
      handle_(RD_KAFKA_PRODUCER, producer_properties(options_), *this),
      topic_(rd_kafka_topic_new(handle_.get(), options_.topic.c_str(), nullptr)) {}

void kafka_writer::ensure_topic(std::uint32_t partitions, milliseconds timeout) {
  const std::string what = "topic " + options_.topic + " cannot be made: ";
  char why[512];
  const auto timeout_ms = static_cast<int>(timeout.count());
  const std::unique_ptr<rd_kafka_NewTopic_t, destroy_new_topic> wanted(
      rd_kafka_NewTopic_new(options_.topic.c_str(), static_cast<int>(partitions), -1, why, sizeof why));
  if (!wanted) throw std::runtime_error(what + why);
  rd_kafka_NewTopic_set_config(wanted.get(), "cleanup.policy", "compact");
  const std::unique_ptr<rd_kafka_AdminOptions_t, destroy_admin_options> limits(
      rd_kafka_AdminOptions_new(handle_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(limits.get(), timeout_ms, why, sizeof why);
  rd_kafka_AdminOptions_set_operation_timeout(limits.get(), timeout_ms, why, sizeof why);
  const queue_ptr answers(rd_kafka_queue_new(handle_.get()));
  rd_kafka_NewTopic_t* topics[] = {wanted.get()};
  rd_kafka_CreateTopics(handle_.get(), topics, 1, limits.get(), answers.get());
  const event_ptr answer(rd_kafka_queue_poll(answers.get(), timeout_ms + 100));
  const auto* created = answer ? rd_kafka_event_CreateTopics_result(answer.get()) : nullptr;
  if (created == nullptr) throw std::runtime_error(what + "no answer from " + to_string(options_.brokers));
  if (rd_kafka_event_error(answer.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(what + rd_kafka_event_error_string(answer.get()));
  }
  std::size_t count = 0;
  const auto** results = rd_kafka_CreateTopics_result_topics(created, &count);
  const auto code = count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR_UNKNOWN;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return;
  const char* text = count == 1 ? rd_kafka_topic_result_error_string(results[0]) : nullptr;
  throw std::runtime_error(what + (text != nullptr ? text : rd_kafka_err2str(code)));
}

bool kafka_writer::write(std::optional<std::string_view> key, std::optional<std::string_view> value,
                         std::span<const header> headers, when_full policy) {
  if (++since_poll_ % writes_between_polls == 0 || policy == when_full::drop) handle_.poll();
  while (!stopping_) {
    const auto code = produce(key, value, headers);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      counters_.taken.fetch_add(1, std::memory_order_relaxed);
      return true;
    }
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || policy == when_full::drop)
      return drop(rd_kafka_err2str(code));
    handle_.poll(room_wait_ms);
  }
  return drop("stopped");
}

rd_kafka_resp_err_t kafka_writer::produce(std::optional<std::string_view> key,
                                          std::optional<std::string_view> value,
                                          std::span<const header> headers) {
  // The library copies what it is given and writes to neither, though its types do not say so.
  char* payload = const_cast<char*>(bytes_of(value));
  if (headers.empty()) {
    const int failed = rd_kafka_produce(topic_.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, payload,
                                        size_of(value), bytes_of(key), size_of(key), nullptr);
    return failed == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
  }
  std::unique_ptr<rd_kafka_headers_t, destroy_headers> list(rd_kafka_headers_new(headers.size()));
  for (const auto& [name, text] : headers) {
    rd_kafka_header_add(list.get(), name, -1, text.data(), static_cast<ssize_t>(text.size()));
  }
  const auto code = rd_kafka_producev(handle_.get(), RD_KAFKA_VTYPE_RKT, topic_.get(),
                                      RD_KAFKA_VTYPE_MSGFLAGS, RD_KAFKA_MSG_F_COPY, RD_KAFKA_VTYPE_VALUE,
                                      payload, size_of(value), RD_KAFKA_VTYPE_KEY, bytes_of(key),
                                      size_of(key), RD_KAFKA_VTYPE_HEADERS, list.get(), RD_KAFKA_VTYPE_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) static_cast<void>(list.release());  // the message owns it now
  return code;
}

bool kafka_writer::drop(std::string_view why) {
  counters_.dropped.fetch_add(1, std::memory_order_relaxed);
  last_failure_ = why;
  return false;
}

bool kafka_writer::flush(milliseconds timeout) {
  return rd_kafka_flush(handle_.get(), static_cast<int>(timeout.count())) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void kafka_writer::on_delivery(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    counters_.delivered.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  last_failure_ = rd_kafka_err2str(message.err);
  if (counters_.failed.fetch_add(1, std::memory_order_relaxed) == 0) {
    options_.log(4, "topic " + options_.topic + ": a record was not delivered: " + last_failure_);
  }
}

void kafka_writer::on_error(rd_kafka_resp_err_t code, std::string_view text) {
  options_.log(4, std::string("Kafka: ") + rd_kafka_err2name(code) + ": " + std::string(text));
}

}  // namespace blotter::kafka
