#include "kafka/kafka_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "kafka/dead_letter_topic.hpp"
#include "kafka/log_reader.hpp"
#include "kafka/mock_cluster.hpp"

namespace blotter::kafka {
namespace {

using testing::ElementsAre;

struct read_back {
  std::string key, value, headers;
  friend bool operator==(const read_back&, const read_back&) = default;
};

class quiet : public client_listener {
  void on_error(rd_kafka_resp_err_t, std::string_view) override {}
  void on_log(int, std::string_view) override {}
};

std::string text_of(const void* data, std::size_t size) {
  return data == nullptr ? "(null)" : std::string(static_cast<const char*>(data), size);
}

std::string headers_of(const rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return "";
  std::string text;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    text += std::string(name) + "=" + text_of(value, size) + " ";
  }
  return text;
}

writer_options to(const mock_cluster& cluster) {
  writer_options made;
  made.brokers = cluster.brokers();
  made.topic = "out";
  return made;
}

// Everything in the one partition of the topic.
std::vector<read_back> records_of(const mock_cluster& cluster) {
  quiet listener;
  const wake_signal wake;
  kafka_options from;
  from.brokers = cluster.brokers();
  from.topic = "out";
  log_reader log(consumer_properties(from), listener, from.topic, wake);
  EXPECT_EQ(log.open(20'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_EQ(log.start(0, 0), RD_KAFKA_RESP_ERR_NO_ERROR);
  std::vector<read_back> all;
  for (;;) {
    for (const auto* message : log.take()) {
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return all;
      all.push_back({text_of(message->key, message->key_len), text_of(message->payload, message->len),
                     headers_of(*message)});
    }
    wake.wait(milliseconds(20'000));
  }
}

TEST(kafka_writer, tells_no_key_and_no_value_from_empty_ones) {
  mock_cluster cluster;
  cluster.create("out", 1);
  kafka_writer writer(to(cluster));
  EXPECT_TRUE(writer.write("k", "v"));
  EXPECT_TRUE(writer.write("k", std::nullopt));
  EXPECT_TRUE(writer.write(std::nullopt, "v"));
  EXPECT_TRUE(writer.write("k", std::string_view()));
  ASSERT_TRUE(writer.flush(milliseconds(20'000)));
  EXPECT_EQ(writer.counters().delivered, 4u);
  EXPECT_THAT(records_of(cluster), ElementsAre(read_back{"k", "v", ""}, read_back{"k", "(null)", ""},
                                               read_back{"(null)", "v", ""}, read_back{"k", "", ""}));
}

TEST(kafka_writer, waits_for_room_and_loses_nothing) {
  mock_cluster cluster;
  cluster.create("out", 1);
  auto options = to(cluster);
  options.queue_records_max = 10;
  kafka_writer writer(std::move(options));
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(writer.write("k", std::to_string(i)));
  ASSERT_TRUE(writer.flush(milliseconds(20'000)));
  EXPECT_EQ(writer.counters().delivered, 200u);
  EXPECT_EQ(records_of(cluster).size(), 200u);
}

TEST(kafka_writer, drops_instead_of_waiting_when_told_to) {
  mock_cluster cluster;
  cluster.take_broker_down();
  auto options = to(cluster);
  options.queue_records_max = 10;
  kafka_writer writer(std::move(options));
  for (int i = 0; i < 15; ++i) writer.write("k", "v", {}, when_full::drop);
  EXPECT_EQ(writer.counters().taken, 10u);
  EXPECT_EQ(writer.counters().dropped, 5u);
  EXPECT_FALSE(writer.last_failure().empty());
}

TEST(kafka_writer, stops_waiting_when_it_is_stopped) {
  mock_cluster cluster;
  cluster.take_broker_down();
  auto options = to(cluster);
  options.queue_records_max = 1;
  kafka_writer writer(std::move(options));
  EXPECT_TRUE(writer.write("k", "v"));
  std::thread stopper([&writer] { writer.stop(); });
  EXPECT_FALSE(writer.write("k", "v"));
  stopper.join();
}

TEST(kafka_writer, counts_what_could_not_be_delivered) {
  mock_cluster cluster;
  cluster.take_broker_down();
  auto options = to(cluster);
  options.properties = {{"message.timeout.ms", "50"}};
  std::string logged;
  options.log = [&logged](int, std::string_view line) { logged += line; };
  kafka_writer writer(std::move(options));
  EXPECT_TRUE(writer.write("k", "v"));
  EXPECT_TRUE(writer.flush(milliseconds(20'000)));
  EXPECT_EQ(writer.counters().failed, 1u);
  EXPECT_EQ(writer.counters().delivered, 0u);
  EXPECT_THAT(logged, testing::HasSubstr("a record was not delivered"));
}

TEST(kafka_writer, says_why_a_topic_cannot_be_made) {
  mock_cluster cluster;
  cluster.take_broker_down();
  kafka_writer writer(to(cluster));
  EXPECT_THROW(writer.ensure_topic(3, milliseconds(100)), std::runtime_error);
}

TEST(kafka_writer, refuses_properties_in_plain_words) {
  mock_cluster cluster;
  auto options = to(cluster);
  options.properties = {{"linger.ms", "soon"}};
  EXPECT_THROW(kafka_writer writer(options), std::runtime_error);
  options.properties = {{"bootstrap.servers", "elsewhere:1"}};
  EXPECT_THROW(kafka_writer writer(options), std::runtime_error);
}

TEST(dead_letter_topic, keeps_records_as_they_came_and_says_why_they_are_there) {
  mock_cluster cluster;
  cluster.create("out", 1);
  dead_letter_topic letters(to(cluster));
  const feed::raw_record record{
      .key = "c1_A", .value = std::nullopt, .partition = 3, .offset = 1'000'000'007, .time = {}};
  letters.put(record, feed::reject_reason::not_json, {});
  ASSERT_TRUE(letters.flush(milliseconds(20'000)));
  EXPECT_EQ(letters.counters().delivered, 1u);
  EXPECT_THAT(records_of(cluster),
              ElementsAre(read_back{"c1_A", "(null)", "reason=not_json partition=3 offset=1000000007 "}));
}

}  // namespace
}  // namespace blotter::kafka
