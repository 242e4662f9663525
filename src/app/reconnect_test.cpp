#include "app/reconnect.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace blotter::app {
namespace {

using namespace std::chrono_literals;

/// The longest of many waits that came as the `nth` in a row, from 0.
milliseconds longest(unsigned nth, reconnect rule) {
  random_source chance(1);
  for (unsigned i = 0; i < nth; ++i) rule.next(chance);
  milliseconds most{};
  for (int i = 0; i < 2'000; ++i) {
    reconnect one = rule;
    most = std::max(most, one.next(chance));
  }
  return most;
}

TEST(reconnect, doubles_its_ceiling_with_each_failure) {
  EXPECT_NEAR(static_cast<double>(longest(0, {}).count()), 500, 10);
  EXPECT_NEAR(static_cast<double>(longest(1, {}).count()), 1000, 20);
  EXPECT_NEAR(static_cast<double>(longest(3, {}).count()), 4000, 80);
  EXPECT_NEAR(static_cast<double>(longest(60, {}).count()), 30'000, 600);
}

TEST(reconnect, waits_anything_between_nothing_and_the_ceiling) {
  random_source chance(1);
  int early = 0;
  for (int i = 0; i < 1'000; ++i) early += reconnect().next(chance) < 250ms;
  EXPECT_NEAR(early, 500, 60);
}

TEST(reconnect, takes_the_retry_of_the_server_as_its_first_ceiling) {
  reconnect rule;
  rule.asked_for(2'000ms);
  EXPECT_NEAR(static_cast<double>(longest(0, rule).count()), 2'000, 40);
  rule.asked_for(24h);
  EXPECT_LE(longest(0, rule), 30s);
  rule.asked_for(0ms);
  EXPECT_LE(longest(0, rule), 10ms);
}

TEST(reconnect, waits_at_least_the_retry_of_an_overloaded_server_once) {
  random_source chance(1);
  reconnect rule;
  rule.asked_for(5s);
  for (int i = 0; i < 100; ++i) {
    rule.overloaded();
    EXPECT_GE(rule.next(chance), 5s);
  }
  rule.succeeded();
  milliseconds least = 1h;
  for (int i = 0; i < 100; ++i) {
    least = std::min(least, rule.next(chance));
    rule.succeeded();
  }
  EXPECT_LT(least, 1s);
}

TEST(reconnect, begins_anew_after_a_success) {
  random_source chance(1);
  reconnect rule;
  for (int i = 0; i < 10; ++i) rule.next(chance);
  rule.succeeded();
  EXPECT_LE(longest(0, rule), 500ms);
}

}  // namespace
}  // namespace blotter::app
