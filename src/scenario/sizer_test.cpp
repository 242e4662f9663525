#include "scenario/sizer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace blotter::scenario {
namespace {

using namespace std::chrono_literals;

constexpr instant start{1h};

TEST(hpa, recommends_by_the_formula) {
  const hpa_settings by{.nodes_min = 1};
  // ceil(current x value / target), the target being 0.65.
  EXPECT_EQ(hpa_recommendation(by, 4, 4, 4 * 0.90), 6u) << "5.54";
  EXPECT_EQ(hpa_recommendation(by, 4, 4, 4 * 1.00), 7u) << "6.15";
  EXPECT_EQ(hpa_recommendation(by, 4, 4, 4 * 0.20), 2u) << "1.23";
  EXPECT_EQ(hpa_recommendation(by, 10, 10, 10 * 0.325), 5u) << "exactly";
  EXPECT_EQ(hpa_recommendation(by, 4, 4, 0), 1u);
}

TEST(hpa, does_nothing_within_its_tolerance) {
  const hpa_settings by;
  EXPECT_EQ(hpa_recommendation(by, 20, 20, 20 * 0.65 * 1.099), 20u);
  EXPECT_EQ(hpa_recommendation(by, 20, 20, 20 * 0.65 * 0.901), 20u);
  EXPECT_EQ(hpa_recommendation(by, 20, 20, 20 * 0.65 * 1.11), 23u);
  EXPECT_EQ(hpa_recommendation(by, 20, 20, 20 * 0.65 * 0.89), 18u);
}

TEST(hpa, keeps_its_bounds) {
  const hpa_settings by{.nodes_min = 3, .nodes_max = 8};
  EXPECT_EQ(hpa_recommendation(by, 8, 8, 8), 8u);
  EXPECT_EQ(hpa_recommendation(by, 4, 4, 0), 3u);
  EXPECT_EQ(hpa_recommendation(by, 2, 2, 1.3), 3u);
}

TEST(hpa, counts_nodes_that_are_not_up_yet_as_idle_when_it_would_grow) {
  const hpa_settings by;
  EXPECT_EQ(hpa_recommendation(by, 4, 2, 2 * 1.0), 4u) << "0.5 of each: it would turn, so nothing";
  EXPECT_EQ(hpa_recommendation(by, 5, 4, 4 * 1.0), 7u) << "0.8 of each of 5 makes 6.15";
  EXPECT_EQ(hpa_recommendation(by, 6, 4, 4 * 1.0), 6u) << "0.667 is within the tolerance";
}

TEST(hpa, at_most_doubles_or_adds_four) {
  hpa one({.target = 0.1});
  EXPECT_EQ(one.decide(3, 3, 3, start), 7u);
  EXPECT_EQ(one.decide(10, 10, 10, start), 20u);
}

TEST(hpa, shrinks_to_the_highest_recommendation_of_five_minutes) {
  hpa one({});
  EXPECT_EQ(one.decide(10, 10, 6.5, start), 10u);
  EXPECT_EQ(one.decide(10, 10, 5 * 0.65, start + 15s), 10u);
  EXPECT_EQ(one.decide(10, 10, 3 * 0.65, start + 300s), 10u);
  EXPECT_EQ(one.decide(10, 10, 3 * 0.65, start + 301s), 5u) << "the first is older than 300 s now";
  EXPECT_EQ(one.decide(5, 5, 3 * 0.65, start + 316s), 3u);
}

class sized_fleet : public testing::Test {
 public:
  void begin_with(int count) {
    for (int i = 0; i < count; ++i) nodes.start(nodes.settings().usual, now, 0ms);
    nodes.settle(now);
  }
  std::size_t up() const { return nodes.serving().size(); }
  void pass(sizer& by, int seconds) {
    ages written;
    for (int i = 0; i < seconds; ++i, now += 1s) {
      nodes.settle(now);
      nodes.work(busy, written);
      by.look(nodes, now, wall_time(std::chrono::sys_days(std::chrono::days(20'000))), orders);
    }
  }
  factors busy = [] {
    factors even;
    even.fill(1);
    return even;
  }();
  instant now = start;
  /// Each keeps a fifth of a node busy: both of its loops, by its name.
  std::vector<client> all = [] {
    std::vector<client> made;
    for (int i = 0; i < 40; ++i)
      made.push_back({.id = "c" + std::to_string(i), .rate = 20'000'000, .viewers = 1, .rows = 100});
    return made;
  }();
  fleet nodes{{}, all};
  fleet_actuator orders{nodes};
};

TEST_F(sized_fleet, starts_what_is_missing_once) {
  begin_with(2);
  orders.carry_out({.wanted = 5}, now);
  EXPECT_EQ(nodes.starting(), 3u);
  orders.carry_out({.wanted = 5}, now);
  EXPECT_EQ(nodes.starting(), 3u);
  nodes.settle(now + nodes.settings().start_time);
  EXPECT_EQ(up(), 5u);
}

TEST_F(sized_fleet, drains_the_one_that_is_named_and_no_other) {
  begin_with(3);
  nodes.connect(0, 0);
  const scale::order what{.wanted = 2, .drained = directory::member_id::parse("n0").value()};
  orders.carry_out(what, now);
  orders.carry_out(what, now);
  EXPECT_EQ(nodes.nodes()[0].is, fleet::phase::draining);
  EXPECT_EQ(nodes.serving(), (std::vector<node_number>{1, 2}));
}

TEST_F(sized_fleet, lets_those_go_that_are_not_up_yet_and_then_the_newest) {
  begin_with(3);
  nodes.start({}, now, 20s);
  orders.carry_out({.wanted = 2}, now);
  EXPECT_EQ(nodes.starting(), 0u);
  EXPECT_EQ(nodes.serving(), (std::vector<node_number>{0, 1}));
}

TEST_F(sized_fleet, grows_with_its_load_by_the_production_core) {
  begin_with(2);
  own_sizer by({}, {});
  pass(by, 20);
  EXPECT_EQ(nodes.paid(), 2u);
  for (client_number who = 0; who < 16; ++who) nodes.connect(who, who % 2);
  pass(by, 60);
  EXPECT_GT(up(), 2u);
}

TEST_F(sized_fleet, is_led_by_another_when_the_lease_of_who_was_killed_is_over) {
  begin_with(2);
  own_sizer by({}, {});
  pass(by, 40);
  by.kill(now);
  for (client_number who = 0; who < 16; ++who) nodes.connect(who, who % 2);
  pass(by, 14);
  EXPECT_EQ(nodes.paid(), 2u) << "nobody decides";
  pass(by, 20);
  EXPECT_GT(nodes.paid(), 2u);
}

TEST_F(sized_fleet, is_sized_by_the_mean_of_its_loops_with_an_hpa) {
  begin_with(2);
  hpa by({});
  // 16 times 20,000 rows/s of 400,000: 0.8 of each node if loops have as much, and no less than 0.7.
  for (client_number who = 0; who < 16; ++who) nodes.connect(who, who % 2);
  pass(by, 15);
  EXPECT_EQ(nodes.paid(), 2u) << "not before its period";
  pass(by, 2);
  EXPECT_EQ(nodes.paid(), 3u);
}

TEST_F(sized_fleet, is_not_sized_by_an_hpa_that_was_killed) {
  begin_with(2);
  hpa by({});
  for (client_number who = 0; who < 16; ++who) nodes.connect(who, who % 2);
  by.kill(now);
  pass(by, 29);
  EXPECT_EQ(nodes.paid(), 2u);
  pass(by, 3);
  EXPECT_EQ(nodes.paid(), 3u);
}

}  // namespace
}  // namespace blotter::scenario
