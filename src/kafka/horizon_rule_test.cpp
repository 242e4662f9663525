#include "kafka/horizon_rule.hpp"

#include <gtest/gtest.h>

namespace blotter::kafka {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr tombstone_retention day = hours(24);

moment at(milliseconds since_start) {
  return {instant(since_start), wall_time(hours(1000) + since_start)};
}
wall_time stamped(milliseconds since_start) {
  return wall_time(hours(1000) + since_start);
}

TEST(horizon_rule, is_0_for_a_log_without_gaps) {
  horizon_rule rule;
  for (int offset = 0; offset < 10; ++offset) rule.record(offset, std::nullopt, at(seconds(1)), std::nullopt);
  rule.end(10, at(seconds(2)), std::nullopt);
  EXPECT_EQ(rule.horizon(), 0);
}

TEST(horizon_rule, counts_what_is_missing_before_the_first_record) {
  horizon_rule rule;
  EXPECT_TRUE(rule.record(7, stamped(seconds(0)), at(seconds(0)), day));
  EXPECT_EQ(rule.horizon(), 7);
}

TEST(horizon_rule, is_the_end_of_the_last_gap) {
  horizon_rule rule;
  rule.record(0, std::nullopt, at(seconds(0)), day);
  EXPECT_TRUE(rule.record(5, std::nullopt, at(seconds(0)), day));
  EXPECT_FALSE(rule.record(6, std::nullopt, at(seconds(0)), day));
  EXPECT_EQ(rule.horizon(), 5);
  EXPECT_TRUE(rule.record(9, std::nullopt, at(seconds(0)), day));
  EXPECT_EQ(rule.horizon(), 9);
}

TEST(horizon_rule, counts_a_gap_before_the_end_of_the_log) {
  horizon_rule rule;
  rule.record(0, std::nullopt, at(seconds(0)), day);
  EXPECT_TRUE(rule.end(3, at(seconds(0)), day));
  EXPECT_EQ(rule.horizon(), 3);
}

TEST(horizon_rule, counts_a_log_of_which_nothing_is_left) {
  horizon_rule rule;
  rule.end(100, at(seconds(0)), day);
  EXPECT_EQ(rule.horizon(), 100);
}

TEST(horizon_rule, trusts_a_gap_behind_a_record_the_broker_stamped_within_the_retention) {
  horizon_rule rule;
  rule.record(0, stamped(-hours(23)), at(seconds(0)), day);
  EXPECT_FALSE(rule.record(5, stamped(-hours(1)), at(seconds(0)), day));
  EXPECT_EQ(rule.horizon(), 0);
}

TEST(horizon_rule, does_not_trust_a_gap_behind_a_record_older_than_the_retention) {
  horizon_rule rule;
  rule.record(0, stamped(-hours(25)), at(seconds(0)), day);
  EXPECT_TRUE(rule.record(5, stamped(-hours(1)), at(seconds(0)), day));
}

TEST(horizon_rule, judges_by_the_time_of_reading_so_that_a_slow_load_counts) {
  horizon_rule rule;
  rule.record(0, stamped(-hours(23)), at(seconds(0)), day);
  EXPECT_TRUE(rule.record(5, stamped(seconds(0)), at(hours(2)), day));
}

TEST(horizon_rule, leaves_a_margin_for_clocks_that_differ) {
  horizon_rule rule;
  rule.record(0, stamped(-hours(24) + horizon_margin), at(seconds(0)), day);
  EXPECT_TRUE(rule.record(2, stamped(seconds(0)), at(seconds(0)), day));
  horizon_rule just_inside;
  just_inside.record(0, stamped(-hours(24) + horizon_margin + milliseconds(1)), at(seconds(0)), day);
  EXPECT_FALSE(just_inside.record(2, stamped(seconds(0)), at(seconds(0)), day));
}

TEST(horizon_rule, proves_nothing_by_producers_clocks_or_an_unknown_retention) {
  horizon_rule by_producer;
  by_producer.record(0, std::nullopt, at(seconds(0)), day);
  EXPECT_TRUE(by_producer.record(2, std::nullopt, at(seconds(0)), day));
  horizon_rule unknown;
  unknown.record(0, stamped(seconds(0)), at(seconds(0)), std::nullopt);
  EXPECT_TRUE(unknown.record(2, stamped(seconds(0)), at(seconds(0)), std::nullopt));
}

TEST(horizon_rule, trusts_gaps_that_came_after_the_end_was_seen) {
  horizon_rule rule;  // as transactions leave them, with producers' clocks
  rule.record(0, std::nullopt, at(seconds(0)), day);
  rule.end(1, at(seconds(0)), day);
  EXPECT_FALSE(rule.record(2, std::nullopt, at(hours(20)), day));
  EXPECT_FALSE(rule.end(4, at(hours(21)), day));
  EXPECT_EQ(rule.horizon(), 0);
}

TEST(horizon_rule, counts_a_gap_found_after_the_log_was_out_of_reach_for_the_retention) {
  horizon_rule rule;
  rule.record(0, std::nullopt, at(seconds(0)), day);
  rule.end(1, at(seconds(0)), day);
  EXPECT_TRUE(rule.record(9, std::nullopt, at(hours(24)), day));
  EXPECT_EQ(rule.horizon(), 9);
}

TEST(horizon_rule, ignores_an_end_that_records_have_passed) {
  horizon_rule rule;
  rule.record(0, std::nullopt, at(seconds(0)), day);
  rule.record(1, std::nullopt, at(seconds(0)), day);
  EXPECT_FALSE(rule.end(1, at(seconds(0)), day));
  EXPECT_FALSE(rule.record(2, std::nullopt, at(seconds(0)), std::nullopt));
}

}  // namespace
}  // namespace blotter::kafka
