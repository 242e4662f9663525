#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scale/autoscaler.hpp"
#include "scale/scripted_cluster.hpp"

namespace blotter::scale {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(autoscaler, grows_for_rows_that_are_late_by_load) {
  scripted_cluster one(8, [] {
    scale_settings s = plain();
    s.nodes_max = 20;
    return s;
  }());
  one.busy(0.6);
  one.late(2s);
  const decision made = one.next();
  EXPECT_EQ(made.why, cause::freshness);
  EXPECT_EQ(made.ordered.wanted, 9u);
  EXPECT_THAT(made.reason, HasSubstr("rows of 8 nodes are late, by up to 2000 ms, at 0.60 of each node"));
}

TEST(autoscaler, doubles_when_loops_are_saturated_and_rows_late) {
  scripted_cluster one(4);
  one.busy(1);
  one.late(2s);
  EXPECT_EQ(one.next().ordered.wanted, 8u);
}

TEST(autoscaler, does_not_grow_for_rows_that_are_late_while_nodes_have_time) {
  scripted_cluster one(4);
  one.busy(0.1);
  one.late(5s);
  const decision made = one.after(1200s);
  EXPECT_EQ(made.what, verdict::hold);
  EXPECT_EQ(made.ordered.wanted, 4u);
  EXPECT_THAT(made.reason, HasSubstr("the cause is elsewhere, in the feed, a router, or a node"));
  EXPECT_THAT(made.reason, HasSubstr("rows are late")) << "nor does it shrink";
  one.busy(0.55);
  one.nodes[0].load.busy = 0.1;
  one.nodes[1].load.busy = 0.3;
  EXPECT_EQ(one.after(30s).why, cause::elsewhere);
}

TEST(autoscaler, does_not_grow_for_one_hot_node_among_cool_ones) {
  scripted_cluster one(4);
  one.busy(0.3);
  one.nodes[1].load.busy = 0.97;
  one.nodes[1].load.flush_delay = 4s;
  const decision made = one.after(60s);
  EXPECT_EQ(made.what, verdict::hold);
  EXPECT_THAT(made.reason, HasSubstr("unevenly loaded"));
}

TEST(autoscaler, does_not_take_one_late_report_for_a_breach) {
  scripted_cluster one(4);
  one.busy(0.6);
  (void)one.after(14s);
  one.late(2s);
  EXPECT_EQ(one.next().what, verdict::hold);
}

TEST(autoscaler, counts_memory_as_it_counts_loops) {
  scale_settings s = plain();
  s.memory_bound = 1000;
  scripted_cluster one(4, s);
  one.busy(0.1);
  for (seen_node& each : one.nodes) each.load.memory = 900;
  const decision made = one.next();
  EXPECT_EQ(made.why, cause::memory);
  EXPECT_EQ(made.ordered.wanted, 6u);
}

TEST(autoscaler, is_not_moved_by_one_second_of_load) {
  scripted_cluster one(4);
  one.busy(0.6);
  (void)one.after(14s);
  one.busy(1);
  EXPECT_EQ(one.next().what, verdict::hold);
}

TEST(autoscaler, orders_ahead_by_the_trend) {
  scale_settings s = plain();
  s.trend_window = 300s;
  s.nodes_max = 20;
  scripted_cluster one(4, s);
  decision made;
  for (int i = 0; i < 90; ++i) {
    one.busy(0.4 + i * 0.0025);
    if (auto next = one.second()) made = *next;
    if (made.what == verdict::grow) break;
  }
  EXPECT_EQ(made.why, cause::trend);
  EXPECT_LT(made.load, 2.55) << "the band alone would not have";
  EXPECT_THAT(made.reason, HasSubstr("by its trend"));
}

TEST(autoscaler, orders_ahead_what_earlier_days_needed_and_never_lowers_by_them) {
  load_history history;
  ASSERT_EQ(history.read("2026-11-16 12:05 0.1\n2026-11-17 12:00 3\n2026-11-15 12:00 9\n"), 0u);
  scale_settings s = plain();
  s.comparable_days = 5;
  scripted_cluster one(4, s, history);
  one.busy(0.1);
  decision made = one.next();
  EXPECT_EQ(made.why, cause::earlier_days);
  EXPECT_EQ(made.ordered.wanted, 6u) << "1.3 times 3; the 15th was a Sunday";
  scripted_cluster other(4, s, history);
  other.busy(0.9);
  other.wall += 360s;
  EXPECT_EQ(other.next().ordered.wanted, 6u) << "0.1 of the day before does not hold it back";
}

TEST(autoscaler, orders_for_a_peak_by_the_clock_of_the_market) {
  load_history history;
  ASSERT_EQ(history.read("2026-11-17 09:35 3\n"), 0u);
  scale_settings s = plain();
  s.comparable_days = 5;
  s.days.peaks = {*parse_peak("mon-fri 09:30-10:00")};
  const auto decided_at = [&](std::chrono::minutes after_nine) {
    scripted_cluster one(4, s, history);
    std::optional<decision> made;
    for (int i = 0; i < 16; ++i) {
      one.now += 1s;
      for (seen_node& each : one.nodes) ++each.load.number;
      made = one.scaler.look(
          {.now = one.now, .wall = noon + after_nine, .utc_offset = -180min, .nodes = one.nodes});
    }
    return *made;
  };
  EXPECT_EQ(decided_at(14min).ordered.wanted, 4u);
  const decision made = decided_at(15min);
  EXPECT_EQ(made.ordered.wanted, 6u);
  EXPECT_EQ(made.why, cause::peak);
  EXPECT_THAT(made.reason, HasSubstr("the peak of 09:30-10:00, which needs 6"));
}

}  // namespace
}  // namespace blotter::scale
