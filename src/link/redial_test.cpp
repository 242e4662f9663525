#include "link/redial.hpp"

#include <gtest/gtest.h>

namespace blotter::link {
namespace {

milliseconds longest_of(redial rule, int failures) {
  random_source chance(1);
  milliseconds longest{};
  for (int i = 0; i < 2'000; ++i) {
    redial one = rule;
    for (int k = 1; k < failures; ++k) (void)one.next(chance);
    longest = std::max(longest, one.next(chance));
  }
  return longest;
}

TEST(redial, waits_anywhere_up_to_a_ceiling_that_doubles_and_ends) {
  const redial rule({milliseconds(100), milliseconds(1'000)});
  const int ceilings[] = {100, 200, 400, 800, 1'000, 1'000};
  for (int failures = 1; failures <= 6; ++failures) {
    const auto longest = longest_of(rule, failures).count();
    EXPECT_LE(longest, ceilings[failures - 1]);
    EXPECT_GE(longest, ceilings[failures - 1] * 9 / 10);
  }
}

TEST(redial, may_return_at_once) {
  random_source chance(1);
  redial rule({milliseconds(100), milliseconds(1'000)});
  milliseconds shortest(1'000);
  for (int i = 0; i < 2'000; ++i) shortest = std::min(shortest, rule.next(chance));
  EXPECT_LE(shortest, milliseconds(5));
}

TEST(redial, begins_anew_after_a_success) {
  random_source chance(1);
  redial rule({milliseconds(100), milliseconds(1'000)});
  for (int i = 0; i < 20; ++i) (void)rule.next(chance);
  rule.succeeded();
  for (int i = 0; i < 100; ++i, rule.succeeded()) EXPECT_LE(rule.next(chance), milliseconds(100));
}

}  // namespace
}  // namespace blotter::link
