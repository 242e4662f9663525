#include "scale/sizing.hpp"

#include <gtest/gtest.h>

#include "scale/scale_settings.hpp"

namespace blotter::scale {
namespace {

TEST(band_top, leaves_room_to_lose_one_of_few) {
  EXPECT_DOUBLE_EQ(band_top(2, 0.65), 0.425);
  EXPECT_NEAR(band_top(3, 0.65), 0.567, 0.001);
  EXPECT_NEAR(band_top(4, 0.65), 0.6375, 0.0001);
  EXPECT_DOUBLE_EQ(band_top(5, 0.65), 0.65);
  EXPECT_DOUBLE_EQ(band_top(1000, 0.65), 0.65);
}

TEST(nodes_for, is_the_fewest_whose_band_holds_the_load) {
  for (int i = 1; i < 4000; ++i) {
    const double load = i / 100.0;
    const std::uint32_t n = nodes_for(load, 0.65);
    EXPECT_LE(load, band_top(n, 0.65) * n + 1e-6) << load;
    if (n > 1) {
      EXPECT_GT(load, band_top(n - 1, 0.65) * (n - 1) - 1e-6) << load;
    }
  }
}

TEST(nodes_for, does_not_ask_for_another_by_the_last_bit_of_a_sum) {
  EXPECT_EQ(nodes_for(0.65 * 20, 0.65), 20u);
  EXPECT_EQ(nodes_for(0, 0.65), 1u);
  EXPECT_EQ(nodes_for(1e300, 0.65), nodes_bound);
}

TEST(carry_easily, is_the_rule_by_which_one_may_go) {
  EXPECT_TRUE(carry_easily(5 * 0.4, 4, 0.65));
  EXPECT_FALSE(carry_easily(5 * 0.41, 4, 0.65));
  EXPECT_TRUE(carry_easily(3 * 0.22, 2, 0.65));
  EXPECT_FALSE(carry_easily(3 * 0.23, 2, 0.65));
  EXPECT_FALSE(carry_easily(0, 0, 0.65));
}

scale_settings settings(std::uint32_t min, std::uint32_t max, double cost = 0, double budget = 0) {
  scale_settings s;
  s.nodes_min = min;
  s.nodes_max = max;
  s.cost_per_node_hour = cost;
  s.budget_per_hour = budget;
  return s;
}

TEST(scale_settings, say_what_can_never_work) {
  EXPECT_FALSE(problem_of({}));
  EXPECT_EQ(problem_of(settings(5, 4)), "the minimum of 5 nodes is over the maximum of 4");
  EXPECT_EQ(problem_of(settings(0, 4)), "the minimum must be 1 node at least");
  EXPECT_EQ(problem_of(settings(2, 8, 0, 1)), "a budget needs to know what a node costs an hour");
  EXPECT_EQ(problem_of(settings(2, 8, 0.5, 0.6)),
            "the budget of 0.60 an hour pays for 1 nodes at 0.50, fewer than the minimum of 2");
  EXPECT_TRUE(problem_of(settings(2, 8, -1)));
  scale_settings s;
  s.target = 0.9;
  EXPECT_EQ(problem_of(s), "the target must be 0.1 to 0.85");
  s = {};
  s.period = milliseconds(0);
  EXPECT_TRUE(problem_of(s));
  s = {};
  s.history_factor = 0.9;
  EXPECT_TRUE(problem_of(s));
}

TEST(scale_settings, have_the_lesser_of_maximum_and_budget_as_their_ceiling) {
  EXPECT_EQ(nodes_ceiling(settings(2, 8)), 8u);
  EXPECT_EQ(nodes_ceiling(settings(2, 8, 0.1, 0.3)), 3u);
  EXPECT_EQ(nodes_ceiling(settings(2, 8, 0.1, 90)), 8u);
  EXPECT_EQ(nodes_ceiling(settings(2, 8, 0.1)), 8u);
}

}  // namespace
}  // namespace blotter::scale
