#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "router/router.hpp"

namespace blotter::router {
namespace {

constexpr table::generation feed_id{1};

/// A router of a feed with four partitions and what it sent to each link since it was last looked at.
struct holding : testing::Test, sink {
  void send(link_id to, link::to_node message) override {
    if (to == link_id{1}) sent.push_back(std::move(message));
    if (to == link_id{2}) to_other.push_back(std::move(message));
  }
  void begin() { core.handle(feed::generation_began{feed_id, 4, ""}, now); }
  void load(table::partition_id partition, table::record_offset records = 1) {
    core.handle(feed::partition_began{partition}, now);
    for (table::record_offset i = 0; i < records; ++i) put(partition, i);
    core.handle(feed::partition_caught_up{partition, records}, now);
  }
  void put(table::partition_id partition, table::record_offset offset, std::string_view client = "c1") {
    feed::change_batch batch;
    const std::string key = "k" + std::to_string(partition) + "," + std::to_string(offset);
    batch.changes.push_back({client, key, value, {partition, offset}, {}, table::change_kind::put, nullptr});
    core.handle(std::move(batch), now);
  }
  static table::partition_set set(std::vector<table::partition_id> some) {
    return table::partition_set::of(some);
  }
  void want(std::vector<table::partition_id> some, table::positions reached = {}, std::uint32_t link = 1) {
    core.received(link_id{link}, link::wanted{std::move(some), {feed_id, std::move(reached)}}, now);
    core.received(link_id{link}, link::subscribe{link::subscription_id{++id}, "c1", {feed_id, {}}}, now);
    flush();
  }
  void flush() {
    while (core.flush()) {
    }
  }
  template <class Message>
  std::size_t count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(sent, [](const auto& each) { return std::holds_alternative<Message>(each); }));
  }
  /// The latest `serving`, and what there was of rows.
  std::vector<table::partition_id> served() const {
    std::vector<table::partition_id> last;
    for (const auto& each : sent)
      if (const auto* what = std::get_if<link::serving>(&each)) last = what->partitions;
    return last;
  }
  std::vector<table::partition_id> partitions_of_rows() const {
    std::vector<table::partition_id> all;
    for (const auto& each : sent)
      if (const auto* what = std::get_if<link::rows>(&each))
        for (const link::row& row : what->all) all.push_back(row.at.partition);
    return all;
  }

  using list = std::vector<table::partition_id>;
  std::string value = "{}";
  instant now{std::chrono::hours(1)};
  std::uint64_t id = 0;
  std::vector<link::to_node> sent;
  std::vector<link::to_node> to_other;
  router core{{.tables = {}, .give_up_time = std::chrono::seconds(5)}, *this};
};

TEST_F(holding, everything_serves_each_partition_as_it_is_loaded) {
  core.link_up(link_id{1}, now);
  begin();
  put(2, 0);
  core.handle(feed::partition_caught_up{2, 1}, now);
  EXPECT_EQ(served(), list{2});
  core.handle(feed::partition_caught_up{0, 0}, now);
  EXPECT_EQ(served(), (list{0, 2}));
  EXPECT_EQ(core.state().partitions_held, 4u);
  EXPECT_EQ(core.state().partitions_caught_up, 2u);
}

TEST_F(holding, some_partitions_takes_nothing_of_the_others) {
  core.hold(set({1, 3, 9}), now);
  begin();
  EXPECT_EQ(core.reading(), set({1, 3}));
  EXPECT_EQ(core.awaited(), set({1, 3}));
  load(1);
  load(2);
  put(3, 0);
  EXPECT_EQ(core.awaited(), set({3})) << "only its beginning begins it";
  EXPECT_EQ(core.tables().rows(), 1u);
  EXPECT_EQ(core.serving(), set({1}));
}

TEST_F(holding, sends_rows_of_wanted_partitions_alone) {
  begin();
  for (table::partition_id p = 0; p < 4; ++p) load(p);
  core.link_up(link_id{1}, now);
  want({1, 2});
  EXPECT_EQ(partitions_of_rows(), (list{1, 2}));
  EXPECT_EQ(count<link::subscription_caught_up>(), 1u);
  sent.clear();
  put(0, 1);
  put(2, 1);
  EXPECT_EQ(partitions_of_rows(), list{2});
}

TEST_F(holding, sends_nothing_before_it_is_past_what_the_node_has_reached) {
  begin();
  for (table::partition_id p = 0; p < 4; ++p) load(p);
  core.link_up(link_id{1}, now);
  sent.clear();
  table::positions reached;
  reached.set({1, 2});
  want({0, 1}, reached);
  EXPECT_EQ(sent.size(), 0u);
  put(1, 1);
  EXPECT_EQ(sent.size(), 0u);
  put(1, 2);
  EXPECT_EQ(count<link::subscription_caught_up>(), 1u);
  EXPECT_EQ(partitions_of_rows().size(), 4u);
}

TEST_F(holding, is_past_a_place_without_a_record_as_soon_as_the_end_is_seen_to_lie_beyond) {
  begin();
  for (table::partition_id p = 0; p < 4; ++p) load(p);
  core.link_up(link_id{1}, now);
  table::positions reached;
  reached.set({1, 1});  // a marker, a record that was refused
  want({1}, reached);
  EXPECT_EQ(count<link::subscription_caught_up>(), 0u);
  core.handle(feed::partition_caught_up{1, 2}, now);
  EXPECT_EQ(count<link::subscription_caught_up>(), 1u);
}

TEST_F(holding, ends_earlier_subscriptions_when_more_is_wanted) {
  begin();
  for (table::partition_id p = 0; p < 4; ++p) load(p);
  core.link_up(link_id{1}, now);
  want({1});
  want({1, 2});
  EXPECT_EQ(core.subscriptions(), 1u);
  want({});
  core.received(link_id{1}, link::wanted{{}, {feed_id, {}}}, now);
  EXPECT_EQ(core.subscriptions(), 0u);
}

TEST_F(holding, takes_no_want_of_a_generation_that_is_over) {
  begin();
  for (table::partition_id p = 0; p < 4; ++p) load(p);
  core.link_up(link_id{1}, now);
  want({1});
  core.handle(feed::generation_began{table::generation{2}, 4, "again"}, now);
  EXPECT_EQ(core.subscriptions(), 0u);
  want({1});
  EXPECT_EQ(core.subscriptions(), 0u);
  EXPECT_EQ(core.state().subscriptions_refused, 0u) << "nobody's fault";
}

TEST_F(holding, keeps_a_partition_that_was_given_up_while_it_is_read) {
  core.hold(set({0, 1}), now);
  begin();
  load(0);
  load(1);
  core.link_up(link_id{1}, now);
  want({0, 1});
  core.hold(set({1}), now);
  EXPECT_EQ(served(), list{1});
  EXPECT_EQ(core.reading(), set({0, 1}));
  sent.clear();
  put(0, 1);
  EXPECT_EQ(partitions_of_rows(), list{0});
  want({1});
  EXPECT_EQ(core.reading(), set({1}));
  core.tick(now);
  EXPECT_EQ(core.tables().rows(), 1u);
  put(0, 2);
  EXPECT_EQ(core.tables().rows(), 1u);
}

TEST_F(holding, gives_a_partition_up_in_the_end_whoever_reads_it) {
  core.hold(set({0, 1}), now);
  begin();
  load(0);
  load(1);
  core.link_up(link_id{1}, now);
  want({0, 1});
  core.hold(set({1}), now);
  now += milliseconds(4900);
  core.tick(now);
  EXPECT_EQ(core.tables().rows(), 2u);
  now += milliseconds(200);
  core.tick(now);
  core.tick(now);
  EXPECT_EQ(core.tables().rows(), 1u);
  EXPECT_EQ(core.subscriptions(), 0u);
}

TEST_F(holding, loads_a_partition_anew_that_comes_back) {
  core.hold(set({0}), now);
  begin();
  load(0, 3);
  core.hold(set({}), now);
  core.hold(set({0}), now);
  EXPECT_EQ(core.awaited(), set({0}));
  load(0, 2);
  EXPECT_EQ(core.tables().rows(), 2u) << "what was there is gone, be it swept or not";
  EXPECT_EQ(core.tables().complete(0), 2);
  core.tick(now);
  EXPECT_EQ(core.tables().rows(), 2u);
}

TEST_F(holding, serves_at_once_what_it_has_not_let_go_of_yet) {
  core.hold(set({0}), now);
  begin();
  load(0);
  core.link_up(link_id{1}, now);
  want({0});
  core.hold(set({}), now);
  EXPECT_EQ(served(), list{});
  core.hold(set({0}), now);
  EXPECT_EQ(served(), list{0});
  EXPECT_TRUE(core.awaited().empty());
}

TEST_F(holding, stops_serving_a_partition_that_is_read_from_its_start_again) {
  core.hold(set({0, 1}), now);
  begin();
  load(0, 2);
  load(1);
  core.link_up(link_id{1}, now);
  want({0, 1});
  core.handle(feed::partition_began{0}, now);
  EXPECT_EQ(served(), list{1});
  EXPECT_EQ(core.tables().rows(), 1u);
  EXPECT_EQ(core.subscriptions(), 0u);
}

TEST_F(holding, refuses_more_partitions_over_its_memory_and_says_so) {
  router small({.tables = {}, .memory_bytes_max = 100'000}, *this);
  value = "{\"x\":\"" + std::string(1000, 'x') + "\"}";
  small.hold(set({0}), now);
  small.handle(feed::generation_began{feed_id, 4, ""}, now);
  const auto fill = [&](table::partition_id p, int records) {
    small.handle(feed::partition_began{p}, now);
    for (int i = 0; i < records; ++i) {
      feed::change_batch batch;
      const std::string key = std::to_string(p) + "," + std::to_string(i);
      batch.changes.push_back({"c", key, value, {p, i}, {}, table::change_kind::put, nullptr});
      small.handle(std::move(batch), now);
    }
  };
  fill(0, 50);
  small.handle(feed::partition_caught_up{0, 50}, now);
  small.hold(set({0, 1}), now);
  EXPECT_EQ(small.state().partitions_refused, 0u);
  fill(1, 60);  // it gives up what it is loading rather than what it serves
  EXPECT_EQ(small.state().partitions_refused, 1u);
  EXPECT_NE(small.state().refusal, "");
  EXPECT_EQ(small.serving(), set({0}));
  EXPECT_EQ(small.reading(), set({0}));
  small.tick(now);
  EXPECT_EQ(small.tables().rows(), 50u);
  fill(0, 0);
  small.hold(set({0, 1}), now);
  EXPECT_EQ(small.state().partitions_refused, 0u) << "asked again when there is room";
}

TEST_F(holding, serves_a_link_with_few_clients_between_those_of_one_with_very_many) {
  begin();
  for (table::partition_id p = 0; p < 4; ++p) core.handle(feed::partition_caught_up{p, 0}, now);
  for (int i = 0; i < 2000; ++i) put(0, i, "many" + std::to_string(i));
  put(1, 0, "few");
  for (const std::uint32_t link : {1u, 2u}) {
    core.link_up(link_id{link}, now);
    core.received(link_id{link}, link::wanted{{0, 1}, {feed_id, {}}}, now);
  }
  for (int i = 0; i < 2000; ++i)
    core.received(link_id{1},
                  link::subscribe{link::subscription_id{++id}, "many" + std::to_string(i), {feed_id, {}}},
                  now);
  core.received(link_id{2}, link::subscribe{link::subscription_id{++id}, "few", {feed_id, {}}}, now);
  to_other.clear();
  EXPECT_TRUE(core.flush());
  EXPECT_GE(to_other.size(), 3u) << "begun, rows, caught up: in the first turn";
  flush();
  EXPECT_EQ(count<link::subscription_caught_up>(), 2000u);
}

}  // namespace
}  // namespace blotter::router
