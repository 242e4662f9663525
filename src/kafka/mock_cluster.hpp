#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <string>
#include <vector>

#include "kafka/client_handle.hpp"
#include "kafka/feed_url.hpp"

namespace blotter::kafka {

/// A Kafka cluster of one broker inside the test, librdkafka's own. Knows no topic ids, no compaction, no
/// deleting of topics, no admin requests; what needs those is tested against a real broker.
class mock_cluster : client_listener {
 public:
  mock_cluster()
      : handle_(RD_KAFKA_PRODUCER, {}, *this), mock_(rd_kafka_mock_cluster_new(handle_.get(), 1)) {}
  ~mock_cluster() override { rd_kafka_mock_cluster_destroy(mock_); }
  mock_cluster(const mock_cluster&) = delete;
  mock_cluster& operator=(const mock_cluster&) = delete;

  std::vector<broker_address> brokers() const {
    return parse_brokers(rd_kafka_mock_cluster_bootstraps(mock_)).value();
  }
  void create(const std::string& topic, int partitions) {
    rd_kafka_mock_topic_create(mock_, topic.c_str(), partitions, 1);
  }
  /// All that asks about the topic gets this answer. A topic that nobody made exists here as soon as it is
  /// asked for.
  void answer_for(const std::string& topic, rd_kafka_resp_err_t code) {
    rd_kafka_mock_topic_set_error(mock_, topic.c_str(), code);
  }
  void take_broker_down() { rd_kafka_mock_broker_set_down(mock_, 1); }
  void bring_broker_up() { rd_kafka_mock_broker_set_up(mock_, 1); }
  /// The next `times` fetches fail.
  void fail_fetches(rd_kafka_resp_err_t code, std::size_t times) {
    constexpr std::int16_t fetch_api = 1;
    const std::vector<rd_kafka_resp_err_t> errors(times, code);
    rd_kafka_mock_push_request_errors_array(mock_, fetch_api, times, errors.data());
  }

 private:
  void on_error(rd_kafka_resp_err_t, std::string_view) override {}
  void on_log(int, std::string_view) override {}

  client_handle handle_;
  rd_kafka_mock_cluster_t* mock_;
};

}  // namespace blotter::kafka
