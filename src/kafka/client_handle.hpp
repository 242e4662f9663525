#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace blotter::kafka {

/// A setting of librdkafka by its own name.
struct property {
  std::string name;
  std::string value;
};

/// Told what a handle has to say, only while its owner polls it, on the owner's thread.
class client_listener {
 public:
  virtual ~client_listener() = default;
  /// An error of the whole handle: brokers lost, rights refused.
  virtual void on_error(rd_kafka_resp_err_t code, std::string_view text) = 0;
  /// A line of the library's log; `level` as in syslog, 3 an error, 4 a warning, 6 information.
  virtual void on_log(int level, std::string_view line) = 0;
  /// A record was delivered, or not (`message.err`). Producers only.
  virtual void on_delivery(const rd_kafka_message_t& message) { static_cast<void>(message); }
};

/// Owns one librdkafka client. One thread polls it; the library's own threads call nothing of ours.
class client_handle {
 public:
  client_handle() = default;
  /// Throws std::runtime_error with the library's own words when it does not take a property. A later
  /// property wins over an earlier one of the same name. `listener` must outlive the handle.
  client_handle(rd_kafka_type_t type, const std::vector<property>& properties, client_listener& listener);

  rd_kafka_t* get() const { return handle_.get(); }
  explicit operator bool() const { return handle_ != nullptr; }
  /// Lets the listener hear what there is, waiting for at most `timeout_ms`.
  void poll(int timeout_ms = 0) const { rd_kafka_poll(handle_.get(), timeout_ms); }
  /// Gives the handle up. Takes milliseconds; where the library hangs (2.0.2 may, when a topic it reads has
  /// gone), the handle is left to a thread of its own after half a second.
  void reset() { handle_.reset(); }

 private:
  struct destroy {
    void operator()(rd_kafka_t* handle) const;
  };
  std::unique_ptr<rd_kafka_t, destroy> handle_;
};

struct destroy_topic {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
struct destroy_queue {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct destroy_metadata {
  void operator()(const struct rd_kafka_metadata* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
struct destroy_list {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
struct destroy_event {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
using topic_ptr = std::unique_ptr<rd_kafka_topic_t, destroy_topic>;
using queue_ptr = std::unique_ptr<rd_kafka_queue_t, destroy_queue>;
using metadata_ptr = std::unique_ptr<const struct rd_kafka_metadata, destroy_metadata>;
using list_ptr = std::unique_ptr<rd_kafka_topic_partition_list_t, destroy_list>;
using event_ptr = std::unique_ptr<rd_kafka_event_t, destroy_event>;

}  // namespace blotter::kafka
