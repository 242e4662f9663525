#include "kafka/partition_progress.hpp"

#include <gtest/gtest.h>

namespace blotter::kafka {
namespace {

using std::chrono::seconds;

moment at(milliseconds since_start) {
  return {instant(since_start), wall_time(since_start)};
}

void read(partition_progress& progress, table::record_offset offset) {
  EXPECT_TRUE(progress.record(offset, std::nullopt, at(seconds(0)), std::nullopt));
}

TEST(partition_progress, is_caught_up_with_the_last_record_there_was) {
  partition_progress progress(0, 2);
  read(progress, 0);
  EXPECT_FALSE(progress.reached_first_end());
  read(progress, 1);
  EXPECT_TRUE(progress.reached_first_end());
}

TEST(partition_progress, is_caught_up_by_the_end_where_the_last_offsets_hold_no_record) {
  partition_progress progress(0, 10);
  read(progress, 6);
  EXPECT_FALSE(progress.reached_first_end());
  progress.end(10, at(seconds(0)), std::nullopt);
  EXPECT_TRUE(progress.reached_first_end());
  EXPECT_EQ(progress.next(), 10);
}

TEST(partition_progress, is_not_caught_up_by_an_end_that_is_not_the_last) {
  partition_progress progress(0, 10);
  progress.end(9, at(seconds(0)), std::nullopt);
  EXPECT_FALSE(progress.reached_first_end());
}

TEST(partition_progress, refuses_a_record_from_before_what_it_has_read) {
  partition_progress progress(0, 0);
  read(progress, 5);
  EXPECT_FALSE(progress.record(5, std::nullopt, at(seconds(0)), std::nullopt));
  EXPECT_FALSE(progress.record(0, std::nullopt, at(seconds(0)), std::nullopt));
  EXPECT_EQ(progress.next(), 6);
}

TEST(partition_progress, is_behind_since_it_was_told_the_end_it_did_not_reach) {
  partition_progress progress(0, 0);
  progress.aim(1, instant(seconds(1)));
  progress.aim(9, instant(seconds(3)));  // does not restart the clock
  EXPECT_EQ(progress.behind(instant(seconds(4))), seconds(3));
  read(progress, 0);
  EXPECT_EQ(progress.behind(instant(seconds(4))), seconds(0));
  EXPECT_FALSE(progress.at_end());
  progress.aim(9, instant(seconds(4)));
  EXPECT_EQ(progress.behind(instant(seconds(5))), seconds(1));
  read(progress, 8);
  EXPECT_TRUE(progress.at_end());
}

TEST(partition_progress, stalls_when_nothing_comes_though_there_is_something) {
  partition_progress progress(0, 0);
  constexpr milliseconds limit = seconds(10);
  EXPECT_FALSE(progress.stalled(instant(seconds(100)), limit));
  EXPECT_FALSE(progress.stalled(instant(seconds(200)), limit));  // nothing to read
  progress.aim(5, instant(seconds(201)));
  EXPECT_FALSE(progress.stalled(instant(seconds(202)), limit));
  read(progress, 0);
  EXPECT_FALSE(progress.stalled(instant(seconds(211)), limit));
  EXPECT_FALSE(progress.stalled(instant(seconds(221)), limit));
  EXPECT_TRUE(progress.stalled(instant(seconds(222)), limit));
  progress.forgive(instant(seconds(222)));
  EXPECT_FALSE(progress.stalled(instant(seconds(223)), limit));
}

TEST(partition_progress, may_have_missed_deletes_in_a_gap_that_was_read_after_the_retention) {
  constexpr tombstone_retention hour = std::chrono::hours(1);
  const auto after = [&](milliseconds late, bool row_before) {
    partition_progress progress(0, 100);
    progress.whole(at(seconds(0)).steady);
    EXPECT_TRUE(!row_before || progress.record(0, std::nullopt, at(seconds(1)), hour));
    EXPECT_TRUE(progress.record(5, std::nullopt, at(late), hour));
    return progress.may_have_missed_deletes();
  };
  EXPECT_FALSE(after(std::chrono::minutes(59), true));
  EXPECT_TRUE(after(std::chrono::minutes(60), true));
  EXPECT_FALSE(after(std::chrono::minutes(60), false)) << "there was no row to delete";
}

TEST(partition_progress, has_missed_no_delete_while_the_end_of_the_log_was_seen_within_the_retention) {
  constexpr tombstone_retention hour = std::chrono::hours(1);
  partition_progress progress(0, 1);
  progress.whole(at(seconds(0)).steady);
  EXPECT_TRUE(progress.record(0, std::nullopt, at(seconds(1)), hour));
  for (int minutes = 30; minutes < 300; minutes += 30) {
    progress.end(minutes, at(std::chrono::minutes(minutes)), hour);  // only gaps: markers of transactions
    progress.whole(at(std::chrono::minutes(minutes)).steady);
    EXPECT_FALSE(progress.may_have_missed_deletes());
  }
  progress.end(1000, at(std::chrono::minutes(400)), hour);
  EXPECT_TRUE(progress.may_have_missed_deletes());
}

TEST(partition_progress, takes_a_retention_of_nothing_for_a_minute_and_an_unknown_one_for_a_day) {
  const auto missed = [](tombstone_retention retention, milliseconds late) {
    partition_progress progress(0, 100);
    progress.whole(at(seconds(0)).steady);
    EXPECT_TRUE(progress.record(0, std::nullopt, at(seconds(0)), retention));
    EXPECT_TRUE(progress.record(5, std::nullopt, at(late), retention));
    return progress.may_have_missed_deletes();
  };
  EXPECT_FALSE(missed(milliseconds(0), seconds(30)));
  EXPECT_TRUE(missed(milliseconds(0), seconds(60)));
  EXPECT_FALSE(missed(std::nullopt, std::chrono::hours(23)));
  EXPECT_TRUE(missed(std::nullopt, std::chrono::hours(24)));
}

}  // namespace
}  // namespace blotter::kafka
