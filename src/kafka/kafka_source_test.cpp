#include "kafka/kafka_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "kafka/kafka_writer.hpp"
#include "kafka/mock_cluster.hpp"
#include "kafka/recorded_feed.hpp"

namespace blotter::kafka {
namespace {

using testing::HasSubstr;

constexpr const char* topic = "market";

std::string holding(int quantity) {
  return R"({"clientId":"c1","ticker":"A","quantity":)" + std::to_string(quantity) + "}";
}

class kafka_source_test : public testing::Test {
 protected:
  kafka_options options() const {
    kafka_options made;
    made.brokers = cluster_.brokers();
    made.topic = topic;
    return made;
  }
  std::unique_ptr<kafka_writer> writer() const {
    writer_options to;
    to.brokers = cluster_.brokers();
    to.topic = topic;
    return std::make_unique<kafka_writer>(std::move(to));
  }
  void write(std::string_view key, std::optional<std::string_view> value) const {
    const auto to = writer();
    ASSERT_TRUE(to->write(key, value));
    ASSERT_TRUE(to->flush(milliseconds(20'000)));
    ASSERT_EQ(to->counters().failed, 0u);
  }
  bool wait_for_rows(std::size_t rows) {
    return feed_.wait_for([rows](const feed_record& seen) { return seen.rows.size() == rows; });
  }
  bool wait_for_caught_up(std::size_t partitions) {
    return feed_.wait_for(
        [partitions](const feed_record& seen) { return seen.caught_up.size() == partitions; });
  }

  // The mock sometimes answers with an error that the library never hands on: then once more.
  bool fail_fetches_until(rd_kafka_resp_err_t code, const std::function<bool(const feed_record&)>& seen) {
    for (int tries = 0; tries < 20; ++tries) {
      cluster_.fail_fetches(code, 1);
      if (feed_.wait_for(seen, std::chrono::seconds(1))) return true;
    }
    return false;
  }

  mock_cluster cluster_;
  recorded_feed feed_;
  feed::reject_ledger rejects_;
};

TEST_F(kafka_source_test, reads_what_is_there_and_then_what_comes) {
  cluster_.create(topic, 3);
  for (int i = 0; i < 100; ++i) {
    const auto ticker = "T" + std::to_string(i);
    write("c1_" + ticker, R"({"clientId":"c1","ticker":")" + ticker + R"("})");
  }
  kafka_source source(options(), {}, rejects_, feed_);
  source.start();
  ASSERT_TRUE(wait_for_caught_up(3));
  EXPECT_EQ(feed_.record().rows.size(), 100u);
  EXPECT_EQ(feed_.record().generations.front().partitions, 3u);
  write("c2_A", R"({"clientId":"c2","ticker":"A"})");
  ASSERT_TRUE(wait_for_rows(101));
  write("c2_A", std::nullopt);
  ASSERT_TRUE(wait_for_rows(100));
  EXPECT_TRUE(feed_.record().in_order);
  EXPECT_TRUE(feed_.record().losses.empty());
  EXPECT_EQ(source.counters().records, 102u);
}

TEST_F(kafka_source_test, says_that_empty_partitions_are_caught_up) {
  cluster_.create(topic, 2);
  kafka_source source(options(), {}, rejects_, feed_);
  source.start();
  ASSERT_TRUE(wait_for_caught_up(2));
  EXPECT_TRUE(feed_.record().horizons.empty());
}

TEST_F(kafka_source_test, counts_bad_records_and_reads_on) {
  cluster_.create(topic, 1);
  write("c1_A", "no JSON");
  write("c1_A", holding(1));
  kafka_source source(options(), {}, rejects_, feed_);
  source.start();
  ASSERT_TRUE(wait_for_rows(1));
  EXPECT_EQ(rejects_.counters().of(feed::reject_reason::not_json), 1u);
}

TEST_F(kafka_source_test, has_the_same_generation_in_every_process) {
  cluster_.create(topic, 1);
  recorded_feed other_feed;
  kafka_source one(options(), {}, rejects_, feed_);
  kafka_source other(options(), {}, rejects_, other_feed);
  one.start();
  other.start();
  const auto began = [](const feed_record& seen) { return !seen.generations.empty(); };
  ASSERT_TRUE(feed_.wait_for(began));
  ASSERT_TRUE(other_feed.wait_for(began));
  EXPECT_EQ(feed_.record().generations[0].id, other_feed.record().generations[0].id);
}

TEST_F(kafka_source_test, says_when_the_broker_has_gone_and_when_all_was_caught_up_again) {
  cluster_.create(topic, 1);
  write("c1_A", holding(1));
  kafka_source source(options(), {}, rejects_, feed_);
  source.start();
  ASSERT_TRUE(wait_for_caught_up(1));
  cluster_.take_broker_down();
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.losses.size() == 1; }));
  EXPECT_EQ(feed_.record().restorations, 0u);
  cluster_.bring_broker_up();
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.restorations == 1; }));
  write("c1_A", holding(2));
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.changes == 2; }));
  EXPECT_EQ(feed_.record().generations.size(), 1u);
}

TEST_F(kafka_source_test, begins_a_generation_when_its_place_in_the_log_is_gone) {
  cluster_.create(topic, 1);
  write("c1_A", holding(1));
  kafka_source source(options(), {}, rejects_, feed_);
  source.start();
  ASSERT_TRUE(wait_for_caught_up(1));
  ASSERT_TRUE(fail_fetches_until(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE,
                                 [](const feed_record& seen) { return seen.generations.size() >= 2; }));
  ASSERT_TRUE(wait_for_caught_up(1));
  const auto seen = feed_.record();
  EXPECT_EQ(seen.generations[1].reason, "log was truncated");
  EXPECT_NE(seen.generations[0].id, seen.generations[1].id);
  EXPECT_EQ(seen.rows.size(), 1u);
}

TEST_F(kafka_source_test, opens_anew_where_it_was_after_an_error_of_a_partition) {
  cluster_.create(topic, 1);
  write("c1_A", holding(1));
  kafka_source source(options(), {}, rejects_, feed_);
  source.start();
  ASSERT_TRUE(wait_for_caught_up(1));
  ASSERT_TRUE(fail_fetches_until(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                                 [](const feed_record& seen) { return !seen.losses.empty(); }));
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.restorations >= 1; }));
  EXPECT_THAT(feed_.record().losses.at(0), HasSubstr("authorization failed"));
  write("c1_B", R"({"clientId":"c1","ticker":"B"})");
  ASSERT_TRUE(wait_for_rows(2));
  EXPECT_EQ(feed_.record().changes, 2u);
  EXPECT_EQ(feed_.record().generations.size(), 1u);
}

TEST_F(kafka_source_test, waits_for_a_topic_that_is_missing) {
  cluster_.create(topic, 2);
  cluster_.answer_for(topic, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  kafka_source source(options(), {}, rejects_, feed_);
  source.start();
  ASSERT_TRUE(feed_.wait_for(
      [](const feed_record& seen) { return seen.waiting_for == "topic market does not exist"; }));
  cluster_.answer_for(topic, RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(wait_for_caught_up(2));
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.waiting_for.empty(); }));
  EXPECT_TRUE(feed_.record().losses.empty());
}

TEST_F(kafka_source_test, waits_for_a_broker_that_does_not_answer) {
  cluster_.create(topic, 1);
  cluster_.take_broker_down();
  kafka_source source(options(), {}, rejects_, feed_);
  source.start();
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return !seen.waiting_for.empty(); }));
  cluster_.bring_broker_up();
  ASSERT_TRUE(wait_for_caught_up(1));
}

TEST_F(kafka_source_test, stops_while_the_broker_is_away) {
  cluster_.create(topic, 1);
  kafka_source source(options(), {}, rejects_, feed_);
  source.start();
  ASSERT_TRUE(wait_for_caught_up(1));
  cluster_.take_broker_down();
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.losses.size() == 1; }));
  const auto asked = std::chrono::steady_clock::now();
  source.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - asked,
            std::chrono::seconds(5));  // a second, on a machine at rest
  source.stop();
}

TEST_F(kafka_source_test, ends_when_nobody_takes_its_events_any_more) {
  cluster_.create(topic, 1);
  kafka_source source(options(), {}, rejects_, feed_);
  feed_.close();
  source.start();
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return !seen.waiting_for.empty(); }));
  source.stop();
  EXPECT_TRUE(feed_.record().generations.empty());
}

table::partition_set set(std::initializer_list<table::partition_id> some) {
  table::partition_set made;
  for (const table::partition_id each : some) made.add(each);
  return made;
}

// Sources of which some partitions are asked: 3 partitions, and rows enough for each to have some.
class kafka_source_parts_test : public kafka_source_test {
 protected:
  void SetUp() override {
    cluster_.create(topic, 3);
    write_rows(0, 60);
  }
  void write_rows(int from, int to) const {
    const auto out = writer();
    for (int i = from; i < to; ++i) {
      const auto ticker = "T" + std::to_string(i);
      ASSERT_TRUE(out->write("c1_" + ticker, R"({"clientId":"c1","ticker":")" + ticker + R"("})"));
    }
    ASSERT_TRUE(out->flush(milliseconds(20'000)));
  }
  std::size_t changes_of(table::partition_id partition) { return feed_.record().changes_of[partition]; }
};

TEST_F(kafka_source_parts_test, reads_what_it_is_asked_for_and_no_more) {
  kafka_source source(options(), {}, rejects_, feed_);
  source.assign({}, {});
  source.start();
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.generations.size() == 1; }));
  source.assign(set({1, 7}), {});
  ASSERT_TRUE(wait_for_caught_up(1));
  const auto seen = feed_.record();
  EXPECT_EQ(seen.began, (std::map<table::partition_id, int>{{1, 1}}));
  EXPECT_EQ(seen.changes_of.size(), 1u);
  EXPECT_GT(seen.changes_of.at(1), 0u);
  EXPECT_EQ(source.counters().records, seen.changes);
}

TEST_F(kafka_source_parts_test, takes_up_more_without_reading_again_what_it_has) {
  kafka_source source(options(), {}, rejects_, feed_);
  source.assign(set({0, 1}), {});
  source.start();
  ASSERT_TRUE(wait_for_caught_up(2));
  source.assign(set({0, 1, 2}), {});
  ASSERT_TRUE(wait_for_caught_up(3));
  EXPECT_EQ(feed_.record().changes, 60u);
  EXPECT_EQ(feed_.record().rows.size(), 60u);
  write_rows(60, 90);
  ASSERT_TRUE(wait_for_rows(90));
  EXPECT_EQ(feed_.record().changes, 90u);
  EXPECT_EQ(feed_.record().began, (std::map<table::partition_id, int>{{0, 1}, {1, 1}, {2, 1}}));
  EXPECT_TRUE(feed_.record().losses.empty());
}

TEST_F(kafka_source_parts_test, reads_no_more_what_is_not_asked_for_any_longer) {
  kafka_source source(options(), {}, rejects_, feed_);
  source.start();
  ASSERT_TRUE(wait_for_caught_up(3));
  EXPECT_TRUE(feed_.record().began.empty()) << "all begin with their generation";
  source.assign(set({0}), {});
  source.assign(set({0, 2}), {});  // 2 was let go in between
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.began.contains(2); }));
  const auto before = changes_of(1);
  const auto first = changes_of(0);
  write_rows(60, 120);
  ASSERT_TRUE(feed_.wait_for([&](const feed_record& seen) { return seen.changes_of.at(0) > first; }));
  source.assign(set({0, 1}), {});
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.began.contains(1); }));
  ASSERT_TRUE(feed_.wait_for([&](const feed_record& seen) { return seen.changes_of.at(1) > 2 * before; }));
  EXPECT_TRUE(feed_.record().in_order);
  EXPECT_EQ(feed_.record().generations.size(), 1u);
}

TEST_F(kafka_source_parts_test, begins_anew_what_it_is_asked_to_again) {
  kafka_source source(options(), {}, rejects_, feed_);
  source.assign(set({0, 1, 2}), {});
  source.start();
  ASSERT_TRUE(wait_for_caught_up(3));
  const auto once = changes_of(1);
  source.assign(set({0, 1, 2}), set({1}));
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.began.at(1) == 2; }));
  ASSERT_TRUE(wait_for_caught_up(3));
  EXPECT_EQ(changes_of(1), 2 * once);
  EXPECT_EQ(feed_.record().changes, 60 + once);
  EXPECT_EQ(feed_.record().rows.size(), 60u);
}

TEST_F(kafka_source_parts_test, gives_nothing_twice_or_out_of_order_however_it_is_asked) {
  kafka_source source(options(), {}, rejects_, feed_);
  source.start();
  random_source chance(1);
  for (int round = 0; round < 300; ++round) {
    table::partition_set some;
    table::partition_set again;
    for (table::partition_id p = 0; p < 3; ++p) {
      if (chance.below(2) == 0) some.add(p);
      if (chance.below(4) == 0) again.add(p);
    }
    source.assign(some, again);
    if (round % 10 == 0) write_rows(60 + round, 70 + round);
  }
  source.assign(set({0, 1, 2}), set({0, 1, 2}));
  ASSERT_TRUE(wait_for_rows(360));
  ASSERT_TRUE(wait_for_caught_up(3));
  EXPECT_TRUE(feed_.record().in_order);
  EXPECT_EQ(feed_.record().generations.size(), 1u) << "what came late of an older reading looked like a cut";
  EXPECT_EQ(source.counters().reopenings, 0u);
}

TEST_F(kafka_source_parts_test, has_the_same_generation_whatever_it_reads) {
  recorded_feed other_feed;
  kafka_source one(options(), {}, rejects_, feed_);
  kafka_source other(options(), {}, rejects_, other_feed);
  one.assign(set({0}), {});
  other.assign(set({1, 2}), {});
  one.start();
  other.start();
  const auto began = [](const feed_record& seen) { return !seen.generations.empty(); };
  ASSERT_TRUE(feed_.wait_for(began));
  ASSERT_TRUE(other_feed.wait_for(began));
  EXPECT_EQ(feed_.record().generations[0].id, other_feed.record().generations[0].id);
}

TEST_F(kafka_source_parts_test, follows_another_reader_that_has_noticed_a_cut) {
  kafka_source source(options(), {}, rejects_, feed_);
  source.assign(set({0, 2}), {});
  source.start();
  ASSERT_TRUE(wait_for_caught_up(2));
  const auto mine = feed_.record().generations[0].id;
  source.hear_of(table::generation{static_cast<std::uint64_t>(mine) + (1u << 16)});  // another topic
  source.hear_of(mine);
  source.hear_of(table::generation{static_cast<std::uint64_t>(mine) + 3});
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.generations.size() == 2; }));
  ASSERT_TRUE(wait_for_caught_up(2));
  const auto seen = feed_.record();
  EXPECT_EQ(static_cast<std::uint64_t>(seen.generations[1].id), static_cast<std::uint64_t>(mine) + 3);
  EXPECT_EQ(seen.began, (std::map<table::partition_id, int>{{0, 2}, {2, 2}}));
  EXPECT_FALSE(seen.changes_of.contains(1));
}

TEST_F(kafka_source_parts_test, begins_at_the_latest_generation_it_has_heard_of) {
  recorded_feed other_feed;
  kafka_source first(options(), {}, rejects_, feed_);
  first.start();
  ASSERT_TRUE(wait_for_caught_up(3));
  const auto cut = table::generation{static_cast<std::uint64_t>(feed_.record().generations[0].id) + 1};
  kafka_source second(options(), {}, rejects_, other_feed);
  second.hear_of(cut);
  second.start();
  ASSERT_TRUE(other_feed.wait_for([](const feed_record& seen) { return seen.caught_up.size() == 3; }));
  ASSERT_EQ(other_feed.record().generations.size(), 1u);
  EXPECT_EQ(other_feed.record().generations[0].id, cut);
}

TEST_F(kafka_source_parts_test, counts_a_cut_in_its_generation) {
  kafka_source source(options(), {}, rejects_, feed_);
  source.assign(set({0, 1, 2}), {});
  source.start();
  ASSERT_TRUE(wait_for_caught_up(3));
  ASSERT_TRUE(fail_fetches_until(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE,
                                 [](const feed_record& seen) { return seen.generations.size() >= 2; }));
  const auto seen = feed_.record();
  EXPECT_EQ(static_cast<std::uint64_t>(seen.generations[1].id),
            static_cast<std::uint64_t>(seen.generations[0].id) + 1);
}

TEST_F(kafka_source_parts_test, says_how_far_it_is_where_no_row_says_it) {
  kafka_source source(options(), {}, rejects_, feed_);
  source.start();
  ASSERT_TRUE(wait_for_caught_up(3));
  const auto sum = [](const feed_record& seen) {
    table::record_offset all = 0;
    for (const auto& [_, next] : seen.caught_up) all += next;
    return all;
  };
  EXPECT_EQ(sum(feed_.record()), 60);
  write("c1_bad", "no JSON");
  ASSERT_TRUE(feed_.wait_for([&](const feed_record& seen) { return sum(seen) == 61; }));
}

TEST_F(kafka_source_parts_test, goes_on_with_its_part_after_the_broker_was_away) {
  kafka_source source(options(), {}, rejects_, feed_);
  source.assign(set({1}), {});
  source.start();
  ASSERT_TRUE(wait_for_caught_up(1));
  cluster_.take_broker_down();
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.losses.size() == 1; }));
  source.assign(set({1, 2}), {});
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.began.contains(2); }));
  cluster_.bring_broker_up();
  ASSERT_TRUE(feed_.wait_for([](const feed_record& seen) { return seen.restorations == 1; }));
  EXPECT_TRUE(wait_for_caught_up(2));
  EXPECT_EQ(feed_.record().began, (std::map<table::partition_id, int>{{1, 1}, {2, 1}}));
}

std::string refusal(const kafka_options& options) {
  recorded_feed feed;
  feed::reject_ledger rejects;
  try {
    kafka_source source(options, {}, rejects, feed);
  } catch (const std::runtime_error& refused) {
    return refused.what();
  }
  return "";
}

TEST_F(kafka_source_test, refuses_properties_in_plain_words) {
  auto made = options();
  made.properties = {{"fetch.wait.max.ms", "20"}};
  EXPECT_EQ(refusal(made), "");
  made.properties = {{"no.such.property", "1"}};
  EXPECT_THAT(refusal(made), HasSubstr("No such configuration property: \"no.such.property\""));
  made.properties = {{"fetch.wait.max.ms", "many"}};
  EXPECT_THAT(refusal(made), HasSubstr("fetch.wait.max.ms=many"));
  made.properties = {{"auto.offset.reset", "latest"}};
  EXPECT_THAT(refusal(made), HasSubstr("the feed depends on its own value"));
  made.properties.clear();
  made.topic.clear();
  EXPECT_EQ(refusal(made), "Kafka feed: no topic named");
}

TEST(kafka_properties, are_written_name_equals_value) {
  EXPECT_EQ(parse_property("a.b=c=d").name, "a.b");
  EXPECT_EQ(parse_property("a.b=c=d").value, "c=d");
  EXPECT_THROW(parse_property("a.b"), std::runtime_error);
  EXPECT_THROW(parse_property("=c"), std::runtime_error);
  EXPECT_TRUE(in_clear({{"security.protocol", "PLAINTEXT"}}));
  EXPECT_FALSE(in_clear({{"security.protocol", "sasl_ssl"}}));
}

}  // namespace
}  // namespace blotter::kafka
