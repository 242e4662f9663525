#include <gtest/gtest.h>

#include <cmath>

#include "gateway/scripted_nodes.hpp"

namespace blotter::gateway {
namespace {

struct storm : testing::Test, scripted_nodes {
  static gateway_options paced(double rate, double burst) {
    gateway_options mine;
    mine.reopen_rate = rate;
    mine.reopen_burst = burst;
    return mine;
  }
  explicit storm(gateway_options options = paced(20'000, 1'000)) : scripted_nodes(options) {}

  void fill(int clients, const std::optional<std::string>& mark = "1a") {
    for (int i = 0; i < clients; ++i) {
      open("client-" + std::to_string(i), mark);
      if (i % 500 == 0) pass(milliseconds(50));
    }
    pass(milliseconds(500));
  }
};

TEST_F(storm, of_a_lost_node_with_ten_thousand_viewers_is_spread_evenly_over_the_others) {
  for (const std::string name : {"n1", "n2", "n3", "n4"}) add_node(name);
  fill(40'000);
  const std::size_t lost = open_on("n1");
  EXPECT_NEAR(static_cast<double>(lost), 10'000, 1'000);
  std::map<std::string, std::size_t> before;
  for (const std::string name : {"n2", "n3", "n4"}) before[name] = open_on(name);
  lose("n1");
  pass(std::chrono::seconds(1));
  for (const std::string name : {"n2", "n3", "n4"})
    EXPECT_NEAR(static_cast<double>(open_on(name) - before[name]), static_cast<double>(lost) / 3,
                5 * std::sqrt(static_cast<double>(lost) / 3))
        << name;
}

struct slow_storm : storm {
  slow_storm() : storm(paced(100, 40)) {
    add_node("n1");
    add_node("n2");
  }
};

TEST_F(slow_storm, reopens_no_faster_than_it_may) {
  fill(400);
  pass(std::chrono::seconds(5));
  ASSERT_EQ(open_on("n1") + open_on("n2"), 400u);
  const std::size_t lost = open_on("n1");
  ASSERT_GT(lost, 100u);
  lose("n1");
  EXPECT_EQ(open_on("n2"), 400 - lost + 40) << "the burst, at once";
  pass(milliseconds(500));
  EXPECT_NEAR(static_cast<double>(open_on("n2")), static_cast<double>(400 - lost + 90), 2);
  pass(std::chrono::seconds(3));
  EXPECT_EQ(open_on("n2"), 400u);
}

TEST_F(slow_storm, resumes_before_it_takes_snapshots_and_those_at_a_quarter) {
  lose("n1");
  lose("n2");
  for (int i = 0; i < 60; ++i) open("fresh-" + std::to_string(i));
  for (int i = 0; i < 60; ++i) open("back-" + std::to_string(i), "1a");
  sent.clear();
  link("n2");
  pass(milliseconds(300));
  int fresh = 0;
  int back = 0;
  for (const auto& [to, message] : sent)
    if (const auto* asked = std::get_if<link::open_stream>(&message)) ++(asked->bookmark ? back : fresh);
  EXPECT_EQ(back, 60);
  EXPECT_NEAR(fresh, 10 + 0.3 * 25, 2);
  const auto* first = std::get_if<link::open_stream>(&sent[1].second);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->client, "back-0") << "who waits longest is first";
}

TEST_F(slow_storm, lets_a_node_that_is_lost_again_and_again_wait_longer_each_time) {
  milliseconds last{0};
  for (int round = 0; round < 3; ++round) {
    lose("n1");
    link("n1");
    milliseconds held{0};
    for (; core.nodes(now).front().held; held += milliseconds(500)) pass(milliseconds(500));
    EXPECT_GT(held, last * 3 / 2);
    EXPECT_GE(held, milliseconds(8'000) * (1 << round));
    EXPECT_LE(held, milliseconds(12'500) * (1 << round));
    last = held;
    pass(std::chrono::seconds(31) - std::min<milliseconds>(held, std::chrono::seconds(31)));
  }
}

TEST_F(slow_storm, uses_a_held_node_where_there_is_no_other) {
  lose("n1");
  link("n1");
  lose("n2");
  open("c1");
  EXPECT_EQ(node_of("c1"), "n1");
}

TEST_F(slow_storm, leaves_a_held_node_alone_where_there_is_another) {
  lose("n1");
  link("n1");
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ((open("c" + std::to_string(i)), node_of("c" + std::to_string(i))), "n2");
}

TEST(hold_down, counts_losses_that_come_together_once_and_forgives_in_time) {
  const instant start{std::chrono::hours(1)};
  hold_down held({std::chrono::seconds(10), std::chrono::seconds(300)}, 1);
  held.lost("a:1", start);
  held.lost("a:1", start + std::chrono::seconds(20));
  EXPECT_TRUE(held.holds("a:1", start + std::chrono::seconds(7)));
  EXPECT_FALSE(held.holds("a:1", start + std::chrono::seconds(21)));
  held.lost("a:1", start + std::chrono::seconds(400));
  EXPECT_FALSE(held.holds("a:1", start + std::chrono::seconds(413))) << "it is the first again";
  EXPECT_FALSE(held.holds("b:1", start + std::chrono::seconds(401)));
}

TEST(hold_down, holds_nobody_longer_than_it_may) {
  instant now{std::chrono::hours(1)};
  hold_down held({std::chrono::seconds(10), std::chrono::seconds(300)}, 1);
  for (int i = 0; i < 40; ++i) held.lost("a:1", now += std::chrono::seconds(31));
  EXPECT_TRUE(held.holds("a:1", now + std::chrono::seconds(200)));
  EXPECT_FALSE(held.holds("a:1", now + std::chrono::seconds(361)));
}

struct crowded : storm {
  static gateway_options few() {
    gateway_options mine;
    mine.viewers_max = 3;
    mine.viewers_per_client_max = 2;
    return mine;
  }
  crowded() : storm(few()) { add_node("n1"); }
};

TEST_F(crowded, takes_no_more_viewers_than_it_may) {
  ASSERT_TRUE(core.admit("c1"));
  open("c1");
  open("c1");
  EXPECT_EQ(core.admit("c1").error(), gateway_errc::viewers_per_client_max);
  EXPECT_TRUE(core.admit("c2"));
  open("c2");
  EXPECT_EQ(core.admit("c3").error(), gateway_errc::viewers_max);
  EXPECT_EQ(core.counters().viewers_refused, 2u);
  for (const auto why : {gateway_errc::viewers_max, gateway_errc::viewers_per_client_max})
    EXPECT_NE(make_error_code(why).message(), "unknown gateway error");
}

}  // namespace
}  // namespace blotter::gateway
