#include "scenario/ages.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace blotter::scenario {
namespace {

TEST(ages, say_what_part_of_the_rows_was_no_older) {
  ages some;
  some.add(0.010, 98);
  some.add(0.100, 1);
  some.add(2, 1);
  EXPECT_NEAR(some.quantile(0.5), 0.010, 0.0004);
  EXPECT_NEAR(some.quantile(0.99), 0.100, 0.004);
  EXPECT_NEAR(some.quantile(0.995), 2, 0.07);
  EXPECT_DOUBLE_EQ(some.rows(), 100);
}

TEST(ages, of_no_rows_are_0) {
  ages some;
  EXPECT_EQ(some.quantile(0.99), 0);
  some.add_exponential(1, 1, 0);
  EXPECT_EQ(some.rows(), 0);
}

TEST(ages, of_an_exponential_distribution_have_its_quantiles) {
  ages some;
  for (int i = 0; i < 1'000; ++i) some.add_exponential(0.5, 0.2, 10);
  EXPECT_NEAR(some.rows(), 10'000, 1e-6);
  for (const double part : {0.5, 0.9, 0.99})
    EXPECT_NEAR(some.quantile(part), 0.5 - 0.2 * std::log(1 - part), 0.05) << part;
}

TEST(ages, add_up) {
  ages one, other;
  one.add(0.001, 1);
  other.add(1, 3);
  one.add(other);
  EXPECT_NEAR(one.quantile(0.2), 0.001, 0.0001);
  EXPECT_NEAR(one.quantile(0.5), 1, 0.04);
  one.clear();
  EXPECT_EQ(one.rows(), 0);
}

TEST(ages, beyond_all_bounds_are_the_oldest) {
  ages some;
  some.add(1e30, 1);
  EXPECT_GT(some.quantile(1), 1e4);
}

}  // namespace
}  // namespace blotter::scenario
