#include "scale/account.hpp"

#include <gtest/gtest.h>

#include "scale/load_window.hpp"

namespace blotter::scale {
namespace {

using namespace std::chrono_literals;

constexpr instant begin = instant(1h);

TEST(account, adds_up_what_was_used_and_what_foresight_would_have) {
  account one;
  one.add(begin, 4, 4, 2);
  one.add(begin + 10s, 4, 4, 2);
  one.add(begin + 20s, 2, 2, 4);
  EXPECT_EQ(one.seconds(), 20);
  EXPECT_EQ(one.node_seconds(), 60);
  EXPECT_EQ(one.foresight_node_seconds(), 60);
  EXPECT_EQ(one.over_foresight(), 1);
  EXPECT_EQ(one.beyond(), 0.5 * 1.0) << "half of the time twice as many";
  EXPECT_EQ(one.missing(), 0.5 * 0.5);
  EXPECT_EQ(one.time_missing(), 0.5);
  EXPECT_EQ(one.time_beyond(), 0.5);
}

TEST(account, counts_nothing_for_a_time_in_which_it_stood_still) {
  account one;
  one.add(begin, 4, 4, 2);
  one.add(begin + 2h, 4, 4, 2);
  EXPECT_EQ(one.seconds(), 0);
  EXPECT_EQ(one.over_foresight(), 1);
}

TEST(account, counts_changes_of_direction) {
  account one;
  for (const unsigned wanted : {2u, 3u, 3u, 5u, 4u, 4u, 3u, 6u}) one.ordered(wanted);
  EXPECT_EQ(one.direction_changes(), 2u);
}

TEST(load_window, knows_the_greatest_and_how_far_it_reaches) {
  load_window one(10s);
  for (int i = 0; i <= 20; ++i) one.add(begin + i * 1s, i == 12 ? 9 : 1);
  EXPECT_TRUE(one.covers(begin + 10s));
  EXPECT_FALSE(one.covers(begin + 5s));
  EXPECT_EQ(one.max_since(begin + 10s), 9);
  EXPECT_EQ(one.max_since(begin + 13s), 1);
}

TEST(load_window, draws_a_steady_rise_on) {
  load_window one(60s);
  for (int i = 0; i <= 60; ++i) one.add(begin + i * 1s, 1 + i * 0.01);
  EXPECT_NEAR(one.ahead(begin, begin + 60s, 100s), 2.6, 1e-9);
  EXPECT_EQ(one.ahead(begin + 58s, begin + 60s, 100s), 0) << "three points are no trend";
}

TEST(load_window, takes_neither_a_fall_nor_noise_for_a_rise) {
  load_window falls(60s);
  load_window noise(60s);
  for (int i = 0; i <= 60; ++i) {
    falls.add(begin + i * 1s, 5 - i * 0.01);
    noise.add(begin + i * 1s, i % 2 + i * 0.001);
  }
  EXPECT_EQ(falls.ahead(begin, begin + 60s, 100s), 0);
  EXPECT_EQ(noise.ahead(begin, begin + 60s, 100s), 0);
}

}  // namespace
}  // namespace blotter::scale
