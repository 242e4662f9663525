#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "scale/autoscaler.hpp"
#include "scale/scripted_cluster.hpp"

namespace blotter::scale {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(autoscaler, shrinks_by_one_after_a_calm_and_drains_whom_it_costs_least) {
  scripted_cluster one(5);
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
  scripted_cluster one(5);
  one.busy(0.3);
  const decision made = one.after(595s);
  EXPECT_EQ(made.why, cause::waiting);
  EXPECT_THAT(made.reason, HasSubstr("it has not been looked at for 600 s yet"));
}

TEST(autoscaler, begins_its_calm_anew_with_each_gust) {
  scripted_cluster one(5);
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
  scripted_cluster one(6);
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
  scripted_cluster one(3);
  one.busy(0.23);
  EXPECT_EQ(one.after(1500s).what, verdict::hold) << "2 nodes may have 0.8 of 0.43 each";
  scripted_cluster other(3);
  other.busy(0.22);
  EXPECT_EQ(other.first_to_shrink(1500s).what, verdict::shrink);
}

TEST(autoscaler, never_takes_the_last_ones) {
  scripted_cluster one(2);
  one.busy(0);
  EXPECT_EQ(one.after(3000s).what, verdict::hold);
  scale_settings s = plain();
  s.nodes_min = 1;
  scripted_cluster other(1, s);
  other.busy(0);
  EXPECT_EQ(other.after(3000s).ordered, (order{1, {}, 0}));
}

TEST(autoscaler, does_not_shrink_while_somebody_drains_who_was_not_asked) {
  scripted_cluster one(5);
  one.busy(0.1);
  one.nodes[0].stage = directory::stage::draining;
  const decision made = one.after(900s);
  EXPECT_NE(made.what, verdict::shrink);
  EXPECT_EQ(made.leaving, 1u);
}

TEST(autoscaler, does_not_shrink_while_one_is_new) {
  scripted_cluster one(5);
  one.busy(0.1);
  (void)one.after(590s);
  one.start();
  EXPECT_THAT(one.after(25s).reason, HasSubstr("one came a moment ago"));
}

TEST(autoscaler, does_not_shrink_while_a_report_is_not_believed) {
  scripted_cluster one(5);
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
  scripted_cluster one(5, s);
  one.busy(0.1);
  const decision made = one.after(660s);
  EXPECT_EQ(made.what, verdict::hold);
  EXPECT_THAT(made.reason, HasSubstr("the peak of 12:38-12:40 is near"));
  EXPECT_EQ(one.first_to_shrink(1800s).what, verdict::shrink) << "it is over";
}

TEST(autoscaler, drains_none_that_the_actuator_cannot_take_away) {
  scripted_cluster one(5);
  one.busy(0.1);
  for (seen_node& each : one.nodes) each.removable = false;
  EXPECT_THAT(one.after(900s).reason, HasSubstr("none of them can be taken away from here"));
  one.nodes[2].removable = true;
  EXPECT_EQ(one.first_to_shrink(30s).ordered.drained, id("node-3"));
}

TEST(autoscaler, grows_while_one_drains_if_it_must) {
  scripted_cluster one(5);
  one.busy(0.1);
  const decision first = one.first_to_shrink(700s);
  one.busy(0.9);
  const decision made = one.next();
  EXPECT_EQ(made.what, verdict::grow);
  EXPECT_EQ(made.ordered.wanted, 7u);
  EXPECT_EQ(made.ordered.drained, first.ordered.drained);
}

TEST(autoscaler, asks_again_when_one_does_not_leave) {
  scripted_cluster one(5);
  one.busy(0.1);
  const decision first = one.first_to_shrink(700s);
  decision made = one.after(590s);
  EXPECT_EQ(made.ordered.attempt, 0u);
  made = one.after(30s);
  EXPECT_EQ(made.ordered, (order{4, first.ordered.drained, 1}));
}

}  // namespace
}  // namespace blotter::scale
