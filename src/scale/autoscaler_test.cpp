#include "scale/autoscaler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scale/scripted_cluster.hpp"

namespace blotter::scale {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(autoscaler, holds_while_nodes_are_within_their_band) {
  scripted_cluster one(4);
  one.busy(0.6);
  const decision made = one.after(60s);
  EXPECT_EQ(made.what, verdict::hold);
  EXPECT_EQ(made.why, cause::steady);
  EXPECT_EQ(made.ordered, (order{4, {}, 0}));
  EXPECT_EQ(made.reason, "stays at 4: a load of 2.40 nodes needs 4");
}

TEST(autoscaler, grows_at_once_by_the_whole_gap) {
  scripted_cluster one(4);
  one.busy(0.9);
  const decision made = one.next();
  EXPECT_EQ(made.what, verdict::grow);
  EXPECT_EQ(made.why, cause::load);
  EXPECT_EQ(made.ordered.wanted, 6u);
  EXPECT_EQ(made.reason, "from 4 to 6: a load of 3.60 nodes needs 6");
}

TEST(autoscaler, decides_once_a_period) {
  scripted_cluster one(4);
  int decisions = 0;
  for (int i = 0; i < 61; ++i) decisions += one.second().has_value();
  EXPECT_EQ(decisions, 4);
}

TEST(autoscaler, at_most_doubles_in_one_step) {
  scale_settings s = plain();
  s.nodes_max = 100;
  s.days.peaks = {*parse_peak("sun-sat 00:00-24:00 40")};
  scripted_cluster one(3, s);
  EXPECT_EQ(one.next().ordered.wanted, 6u);
  EXPECT_EQ(one.next().ordered.wanted, 12u);
}

TEST(autoscaler, does_not_order_twice_what_is_on_its_way) {
  scripted_cluster one(4);
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
  scripted_cluster one(0);
  const decision made = one.next();
  EXPECT_EQ(made.ordered.wanted, 2u);
  EXPECT_EQ(made.why, cause::minimum);
  EXPECT_EQ(made.unbounded, 1u);
  EXPECT_THAT(made.reason, HasSubstr("the minimum is 2"));
}

TEST(autoscaler, keeps_the_maximum_and_says_what_it_would_have_wanted) {
  scripted_cluster one(7);
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
  scripted_cluster one(4, s);
  one.busy(0.9);
  const decision made = one.next();
  EXPECT_EQ(made.ordered.wanted, 5u);
  EXPECT_THAT(made.reason, HasSubstr("the budget of 0.50 an hour pays for 5"));
}

TEST(autoscaler, gives_up_a_node_that_never_comes_and_tries_another) {
  scripted_cluster one(4);
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
  scripted_cluster one(4);
  one.busy(0.9);
  EXPECT_EQ(one.next().ordered.wanted, 6u);
  one.busy(0.5);
  EXPECT_EQ(one.after(60s).ordered.wanted, 6u);
  EXPECT_EQ(one.after(120s).ordered, (order{4, {}, 1}));
}

TEST(autoscaler, keeps_its_number_when_a_node_dies) {
  scripted_cluster one(4);
  one.busy(0.5);
  (void)one.after(300s);
  one.stop(id("node-2"));
  const decision made = one.next();
  EXPECT_EQ(made.ordered, (order{4, {}, 0}));
  EXPECT_EQ(made.awaited, 1u);
  EXPECT_EQ(one.scaler.given_up(), 0u) << "its time to come up begins now";
}

TEST(autoscaler, takes_in_nodes_that_others_started_and_lets_those_over_the_maximum_go) {
  scripted_cluster one(10);
  one.busy(0.6);
  const decision made = one.next();
  EXPECT_EQ(made.what, verdict::shrink);
  EXPECT_EQ(made.why, cause::ceiling);
  EXPECT_EQ(made.ordered.wanted, 9u);
  EXPECT_EQ(one.next().ordered, made.ordered) << "one at a time here too";
}

TEST(autoscaler, counts_who_is_not_believed_as_the_mean_of_the_others) {
  scripted_cluster one(5);
  one.busy(0.9);
  one.nodes[0].load.busy = -1;
  const decision made = one.next();
  EXPECT_EQ(made.ordered.wanted, 7u) << "4.5 nodes, not 3.6";
  EXPECT_THAT(made.reason, HasSubstr("set aside: node-1 (negative"));
}

TEST(autoscaler, changes_nothing_when_half_of_the_reports_are_not_believed) {
  scripted_cluster one(4);
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
  scripted_cluster one(4);
  one.busy(0.6);
  (void)one.after(30s);
  one.reporting = false;
  EXPECT_EQ(one.after(1500s).why, cause::doubt);
  EXPECT_EQ(one.scaler.last().ordered.wanted, 4u);
}

TEST(autoscaler, orders_nothing_while_the_directory_is_away) {
  scripted_cluster one(4);
  one.busy(0.9);
  one.reachable = false;
  const decision made = one.after(60s);
  EXPECT_EQ(made.why, cause::blind);
  EXPECT_FALSE(made.orders());
}

TEST(autoscaler, orders_nothing_while_another_decides_and_goes_on_where_that_one_was) {
  scripted_cluster one(4);
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
  scripted_cluster one(8);
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
