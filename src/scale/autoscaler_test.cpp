#include "scale/autoscaler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace blotter::scale {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// 2026-11-18, a Wednesday, 12:00 UTC.
constexpr wall_time noon = wall_time(1'795'003'200'000ms);

scale_settings plain() {
  scale_settings s;
  s.trend_window = 0ms;
  s.comparable_days = 0;
  return s;
}

directory::member_id id(const std::string& text) {
  return *directory::member_id::parse(text);
}

/// A cluster of nodes under a test's time, and an autoscaler that looks at it each second.
class cluster {
 public:
  explicit cluster(unsigned count, scale_settings settings = plain(), load_history history = {})
      : scaler(std::move(settings), std::move(history)) {
    for (unsigned i = 0; i < count; ++i) start();
  }

  seen_node& start(std::uint64_t viewers = 100) {
    seen_node one{.id = id("node-" + std::to_string(++started))};
    one.load.viewers = viewers;
    one.load.flush_delay = 5ms;
    nodes.push_back(one);
    return nodes.back();
  }
  void stop(const directory::member_id& which) {
    std::erase_if(nodes, [&](const seen_node& each) { return each.id == which; });
  }
  void busy(double each) {
    for (seen_node& one : nodes) one.load.busy = each;
  }
  void late(milliseconds by) {
    for (seen_node& one : nodes) one.load.flush_delay = by;
  }
  std::optional<decision> second() {
    now += 1s;
    wall += 1s;
    for (seen_node& one : nodes)
      if (reporting) ++one.load.number;
    return scaler.look({.now = now,
                        .wall = wall,
                        .directory_reachable = reachable,
                        .leads = leads,
                        .leader = "auto-0",
                        .nodes = nodes});
  }
  decision next() {
    for (;;)
      if (auto made = second()) return *made;
  }
  /// The decision after so long, where nobody was started or stopped meanwhile.
  decision after(std::chrono::seconds time) {
    decision last;
    for (const instant until = now + time; now < until;)
      if (auto made = second()) last = *made;
    return last;
  }
  /// The first that shrinks, within `time`; else the last one.
  decision first_to_shrink(std::chrono::seconds time) {
    decision last;
    for (const instant until = now + time; now < until;) {
      if (auto made = second()) last = *made;
      if (last.what == verdict::shrink) break;
    }
    return last;
  }

  autoscaler scaler;
  std::vector<seen_node> nodes;
  instant now = instant(1h);
  wall_time wall = noon;
  bool reachable = true;
  bool leads = true;
  bool reporting = true;
  unsigned started = 0;
};

TEST(autoscaler, holds_while_nodes_are_within_their_band) {
  cluster one(4);
  one.busy(0.6);
  const decision made = one.after(60s);
  EXPECT_EQ(made.what, verdict::hold);
  EXPECT_EQ(made.why, cause::steady);
  EXPECT_EQ(made.ordered, (order{4, {}, 0}));
  EXPECT_EQ(made.reason, "stays at 4: a load of 2.40 nodes needs 4");
}

TEST(autoscaler, grows_at_once_by_the_whole_gap) {
  cluster one(4);
  one.busy(0.9);
  const decision made = one.next();
  EXPECT_EQ(made.what, verdict::grow);
  EXPECT_EQ(made.why, cause::load);
  EXPECT_EQ(made.ordered.wanted, 6u);
  EXPECT_EQ(made.reason, "from 4 to 6: a load of 3.60 nodes needs 6");
}

TEST(autoscaler, decides_once_a_period) {
  cluster one(4);
  int decisions = 0;
  for (int i = 0; i < 61; ++i) decisions += one.second().has_value();
  EXPECT_EQ(decisions, 4);
}

TEST(autoscaler, at_most_doubles_in_one_step) {
  scale_settings s = plain();
  s.nodes_max = 100;
  s.days.peaks = {*parse_peak("sun-sat 00:00-24:00 40")};
  cluster one(3, s);
  EXPECT_EQ(one.next().ordered.wanted, 6u);
  EXPECT_EQ(one.next().ordered.wanted, 12u);
}

TEST(autoscaler, does_not_order_twice_what_is_on_its_way) {
  cluster one(4);
  one.busy(0.9);
  EXPECT_EQ(one.next().ordered.wanted, 6u);
  for (int i = 0; i < 7; ++i) {
    const decision made = one.next();
    EXPECT_EQ(made.what, verdict::hold);
    EXPECT_EQ(made.ordered.wanted, 6u);
    EXPECT_EQ(made.awaited, 2u);
  }
}

TEST(autoscaler, keeps_the_minimum_where_there_is_no_load_and_no_node) {
  cluster one(0);
  const decision made = one.next();
  EXPECT_EQ(made.ordered.wanted, 2u);
  EXPECT_EQ(made.why, cause::minimum);
  EXPECT_EQ(made.unbounded, 1u);
  EXPECT_THAT(made.reason, HasSubstr("the minimum is 2"));
}

TEST(autoscaler, keeps_the_maximum_and_says_what_it_would_have_wanted) {
  cluster one(7);
  one.busy(0.9);
  const decision made = one.next();
  EXPECT_EQ(made.ordered.wanted, 8u);
  EXPECT_EQ(made.unbounded, 10u);
  EXPECT_THAT(made.reason, HasSubstr("needs 10, the maximum is 8"));
}

TEST(autoscaler, keeps_the_budget) {
  scale_settings s = plain();
  s.cost_per_node_hour = 0.1;
  s.budget_per_hour = 0.5;
  cluster one(4, s);
  one.busy(0.9);
  const decision made = one.next();
  EXPECT_EQ(made.ordered.wanted, 5u);
  EXPECT_THAT(made.reason, HasSubstr("the budget of 0.50 an hour pays for 5"));
}

TEST(autoscaler, shrinks_by_one_after_a_calm_and_drains_whom_it_costs_least) {
  cluster one(5);
  one.busy(0.3);
  one.nodes[3].load.viewers = 7;
  const decision made = one.first_to_shrink(700s);
  EXPECT_EQ(made.what, verdict::shrink);
  EXPECT_EQ(made.why, cause::calm);
  EXPECT_EQ(made.ordered, (order{4, id("node-4"), 0}));
  EXPECT_EQ(made.reason, "from 5 to 4, node-4 drains: a load of 1.50 nodes needs 3");
  EXPECT_GE(one.now, instant(1h) + 600s);
}

TEST(autoscaler, does_not_shrink_before_it_was_calm_for_its_time) {
  cluster one(5);
  one.busy(0.3);
  const decision made = one.after(595s);
  EXPECT_EQ(made.why, cause::waiting);
  EXPECT_THAT(made.reason, HasSubstr("it has not been looked at for 600 s yet"));
}

TEST(autoscaler, begins_its_calm_anew_with_each_gust) {
  cluster one(5);
  one.busy(0.3);
  (void)one.after(400s);
  one.busy(0.5);
  (void)one.after(10s);
  one.busy(0.3);
  const decision made = one.after(500s);
  EXPECT_EQ(made.what, verdict::hold);
  EXPECT_THAT(made.reason, HasSubstr("4 are to have less than 2.04 for 600 s, and it was up to 2.50"));
  EXPECT_EQ(one.first_to_shrink(200s).what, verdict::shrink);
}

TEST(autoscaler, takes_one_at_a_time_and_waits_between_them) {
  cluster one(6);
  one.busy(0.1);
  const decision first = one.first_to_shrink(700s);
  ASSERT_TRUE(first.ordered.drained);
  const decision still = one.after(60s);
  EXPECT_EQ(still.what, verdict::hold);
  EXPECT_EQ(still.ordered, first.ordered) << "the same is said again until it has left";
  EXPECT_EQ(still.leaving, 1u);
  EXPECT_THAT(still.reason, HasSubstr("another is on its way out"));
  one.stop(*first.ordered.drained);
  const decision soon = one.after(285s);
  EXPECT_EQ(soon.what, verdict::hold);
  EXPECT_EQ(soon.ordered, (order{5, {}, 0}));
  EXPECT_THAT(soon.reason, HasSubstr("one left a moment ago"));
  EXPECT_EQ(one.first_to_shrink(60s).ordered.wanted, 4u);
}

TEST(autoscaler, shrinks_only_what_the_rest_carries_with_one_more_lost) {
  cluster one(3);
  one.busy(0.23);
  EXPECT_EQ(one.after(1500s).what, verdict::hold) << "2 nodes may have 0.8 of 0.43 each";
  cluster other(3);
  other.busy(0.22);
  EXPECT_EQ(other.first_to_shrink(1500s).what, verdict::shrink);
}

TEST(autoscaler, never_takes_the_last_ones) {
  cluster one(2);
  one.busy(0);
  EXPECT_EQ(one.after(3000s).what, verdict::hold);
  scale_settings s = plain();
  s.nodes_min = 1;
  cluster other(1, s);
  other.busy(0);
  EXPECT_EQ(other.after(3000s).ordered, (order{1, {}, 0}));
}

TEST(autoscaler, does_not_shrink_while_somebody_drains_who_was_not_asked) {
  cluster one(5);
  one.busy(0.1);
  one.nodes[0].stage = directory::stage::draining;
  const decision made = one.after(900s);
  EXPECT_NE(made.what, verdict::shrink);
  EXPECT_EQ(made.leaving, 1u);
}

TEST(autoscaler, does_not_shrink_while_one_is_new) {
  cluster one(5);
  one.busy(0.1);
  (void)one.after(590s);
  one.start();
  EXPECT_THAT(one.after(25s).reason, HasSubstr("one came a moment ago"));
}

TEST(autoscaler, does_not_shrink_while_a_report_is_not_believed) {
  cluster one(5);
  one.busy(0.1);
  one.nodes[2].load.busy = std::nan("");
  const decision made = one.after(900s);
  EXPECT_EQ(made.what, verdict::hold);
  EXPECT_THAT(made.reason, HasSubstr("none goes while a report is not believed"));
  EXPECT_THAT(made.reason, HasSubstr("set aside: node-3 (not a number: busy nan"));
}

TEST(autoscaler, does_not_shrink_before_a_peak_that_is_known) {
  scale_settings s = plain();
  s.days.peaks = {*parse_peak("wed 12:38-12:40 3")};
  cluster one(5, s);
  one.busy(0.1);
  const decision made = one.after(660s);
  EXPECT_EQ(made.what, verdict::hold);
  EXPECT_THAT(made.reason, HasSubstr("the peak of 12:38-12:40 is near"));
  EXPECT_EQ(one.first_to_shrink(1800s).what, verdict::shrink) << "it is over";
}

TEST(autoscaler, drains_none_that_the_actuator_cannot_take_away) {
  cluster one(5);
  one.busy(0.1);
  for (seen_node& each : one.nodes) each.removable = false;
  EXPECT_THAT(one.after(900s).reason, HasSubstr("none of them can be taken away from here"));
  one.nodes[2].removable = true;
  EXPECT_EQ(one.first_to_shrink(30s).ordered.drained, id("node-3"));
}

TEST(autoscaler, grows_while_one_drains_if_it_must) {
  cluster one(5);
  one.busy(0.1);
  const decision first = one.first_to_shrink(700s);
  one.busy(0.9);
  const decision made = one.next();
  EXPECT_EQ(made.what, verdict::grow);
  EXPECT_EQ(made.ordered.wanted, 7u);
  EXPECT_EQ(made.ordered.drained, first.ordered.drained);
}

TEST(autoscaler, asks_again_when_one_does_not_leave) {
  cluster one(5);
  one.busy(0.1);
  const decision first = one.first_to_shrink(700s);
  decision made = one.after(590s);
  EXPECT_EQ(made.ordered.attempt, 0u);
  made = one.after(30s);
  EXPECT_EQ(made.ordered, (order{4, first.ordered.drained, 1}));
}

TEST(autoscaler, gives_up_a_node_that_never_comes_and_tries_another) {
  cluster one(4);
  one.busy(0.9);
  EXPECT_EQ(one.next().ordered, (order{6, {}, 0}));
  one.start();
  one.busy(0.72);
  EXPECT_EQ(one.after(120s).ordered, (order{6, {}, 0}));
  const decision made = one.next();
  EXPECT_EQ(made.ordered, (order{6, {}, 1}));
  EXPECT_THAT(made.reason, HasSubstr("1 nodes did not come up within 120 s and are given up"));
  EXPECT_EQ(one.scaler.given_up(), 1u);
}

TEST(autoscaler, orders_no_longer_what_did_not_come_and_is_not_needed_any_more) {
  cluster one(4);
  one.busy(0.9);
  EXPECT_EQ(one.next().ordered.wanted, 6u);
  one.busy(0.5);
  EXPECT_EQ(one.after(60s).ordered.wanted, 6u);
  EXPECT_EQ(one.after(120s).ordered, (order{4, {}, 1}));
}

TEST(autoscaler, keeps_its_number_when_a_node_dies) {
  cluster one(4);
  one.busy(0.5);
  (void)one.after(300s);
  one.stop(id("node-2"));
  const decision made = one.next();
  EXPECT_EQ(made.ordered, (order{4, {}, 0}));
  EXPECT_EQ(made.awaited, 1u);
  EXPECT_EQ(one.scaler.given_up(), 0u) << "its time to come up begins now";
}

TEST(autoscaler, takes_in_nodes_that_others_started_and_lets_those_over_the_maximum_go) {
  cluster one(10);
  one.busy(0.6);
  const decision made = one.next();
  EXPECT_EQ(made.what, verdict::shrink);
  EXPECT_EQ(made.why, cause::ceiling);
  EXPECT_EQ(made.ordered.wanted, 9u);
  EXPECT_EQ(one.next().ordered, made.ordered) << "one at a time here too";
}

TEST(autoscaler, grows_for_rows_that_are_late_by_load) {
  cluster one(8, [] {
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
  cluster one(4);
  one.busy(1);
  one.late(2s);
  EXPECT_EQ(one.next().ordered.wanted, 8u);
}

TEST(autoscaler, does_not_grow_for_rows_that_are_late_while_nodes_have_time) {
  cluster one(4);
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
  cluster one(4);
  one.busy(0.3);
  one.nodes[1].load.busy = 0.97;
  one.nodes[1].load.flush_delay = 4s;
  const decision made = one.after(60s);
  EXPECT_EQ(made.what, verdict::hold);
  EXPECT_THAT(made.reason, HasSubstr("unevenly loaded"));
}

TEST(autoscaler, does_not_take_one_late_report_for_a_breach) {
  cluster one(4);
  one.busy(0.6);
  (void)one.after(14s);
  one.late(2s);
  EXPECT_EQ(one.next().what, verdict::hold);
}

TEST(autoscaler, counts_memory_as_it_counts_loops) {
  scale_settings s = plain();
  s.memory_bound = 1000;
  cluster one(4, s);
  one.busy(0.1);
  for (seen_node& each : one.nodes) each.load.memory = 900;
  const decision made = one.next();
  EXPECT_EQ(made.why, cause::memory);
  EXPECT_EQ(made.ordered.wanted, 6u);
}

TEST(autoscaler, is_not_moved_by_one_second_of_load) {
  cluster one(4);
  one.busy(0.6);
  (void)one.after(14s);
  one.busy(1);
  EXPECT_EQ(one.next().what, verdict::hold);
}

TEST(autoscaler, orders_ahead_by_the_trend) {
  scale_settings s = plain();
  s.trend_window = 300s;
  s.nodes_max = 20;
  cluster one(4, s);
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
  cluster one(4, s, history);
  one.busy(0.1);
  decision made = one.next();
  EXPECT_EQ(made.why, cause::earlier_days);
  EXPECT_EQ(made.ordered.wanted, 6u) << "1.3 times 3; the 15th was a Sunday";
  cluster other(4, s, history);
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
    cluster one(4, s, history);
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

TEST(autoscaler, counts_who_is_not_believed_as_the_mean_of_the_others) {
  cluster one(5);
  one.busy(0.9);
  one.nodes[0].load.busy = -1;
  const decision made = one.next();
  EXPECT_EQ(made.ordered.wanted, 7u) << "4.5 nodes, not 3.6";
  EXPECT_THAT(made.reason, HasSubstr("set aside: node-1 (negative"));
}

TEST(autoscaler, changes_nothing_when_half_of_the_reports_are_not_believed) {
  cluster one(4);
  one.busy(0.6);
  (void)one.after(30s);
  one.busy(50);
  one.nodes[0].load.busy = one.nodes[1].load.busy = 1;
  const decision made = one.after(30s);
  EXPECT_EQ(made.why, cause::doubt);
  EXPECT_EQ(made.ordered.wanted, 4u);
  EXPECT_THAT(made.reason, HasSubstr("only 2 of 4 reports can be believed: node-3 (absurd"));
}

TEST(autoscaler, changes_nothing_when_all_reports_stand_still) {
  cluster one(4);
  one.busy(0.6);
  (void)one.after(30s);
  one.reporting = false;
  EXPECT_EQ(one.after(1500s).why, cause::doubt);
  EXPECT_EQ(one.scaler.last().ordered.wanted, 4u);
}

TEST(autoscaler, orders_nothing_while_the_directory_is_away) {
  cluster one(4);
  one.busy(0.9);
  one.reachable = false;
  const decision made = one.after(60s);
  EXPECT_EQ(made.why, cause::blind);
  EXPECT_FALSE(made.orders());
}

TEST(autoscaler, orders_nothing_while_another_decides_and_goes_on_where_that_one_was) {
  cluster one(4);
  one.leads = false;
  one.busy(0.1);
  decision made = one.after(700s);
  EXPECT_FALSE(made.orders());
  EXPECT_EQ(made.reason, "auto-0 decides, this one watches");
  one.leads = true;
  made = one.next();
  EXPECT_EQ(made.what, verdict::shrink) << "it has seen the calm";
}

TEST(autoscaler, keeps_accounts_of_what_foresight_would_have_used) {
  cluster one(8);
  one.busy(0.1);
  (void)one.after(100s);
  const account& all = one.scaler.accounts();
  EXPECT_NEAR(all.seconds(), 99, 0.001);
  EXPECT_NEAR(all.node_seconds(), 8 * 99, 0.001);
  EXPECT_NEAR(all.foresight_node_seconds(), 2 * 99, 0.001);
  EXPECT_NEAR(all.beyond(), 3, 0.001);
}

TEST(cause, has_a_word_for_each) {
  for (std::size_t i = 0; i < causes; ++i) EXPECT_NE(to_text(static_cast<cause>(i)), "");
  for (const verdict each : {verdict::hold, verdict::grow, verdict::shrink}) EXPECT_NE(to_text(each), "");
}

}  // namespace
}  // namespace blotter::scale
