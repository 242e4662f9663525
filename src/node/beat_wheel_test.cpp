#include "node/beat_wheel.hpp"

#include <gtest/gtest.h>

#include <map>

namespace blotter::node {
namespace {

using std::chrono::seconds;

struct turning_wheel : testing::Test {
  turning_wheel() {
    wheel.advance(now, [](beat_wheel::entry) {});
  }
  /// Lets time pass in steps; who is due more than 0 times.
  std::map<std::uint32_t, int> pass(milliseconds time, milliseconds step = milliseconds(50)) {
    std::map<std::uint32_t, int> due;
    for (; time.count() > 0; time -= step) {
      now += step;
      wheel.advance(now, [&](beat_wheel::entry each) {
        ++due[each.viewer];
        if (again.count() > 0) wheel.add(each, again);
      });
    }
    return due;
  }

  beat_wheel wheel;
  instant now{std::chrono::hours(1)};
  milliseconds again{0};
};

TEST_F(turning_wheel, tells_each_when_its_time_has_come_and_not_before) {
  wheel.add({1, 0}, seconds(1));
  wheel.add({2, 0}, seconds(30));
  EXPECT_EQ(pass(milliseconds(950)).size(), 0u);
  EXPECT_EQ(pass(milliseconds(100)), (std::map<std::uint32_t, int>{{1, 1}}));
  EXPECT_EQ(pass(seconds(28)).size(), 0u);
  EXPECT_EQ(pass(seconds(1)), (std::map<std::uint32_t, int>{{2, 1}}));
}

TEST_F(turning_wheel, keeps_the_period_of_what_is_added_again) {
  again = seconds(1);
  wheel.add({1, 0}, again);
  EXPECT_EQ(pass(seconds(60))[1], 60);
}

TEST_F(turning_wheel, takes_what_is_due_at_once_for_the_next_slot_and_what_is_too_far_for_the_last) {
  wheel.add({1, 0}, milliseconds(0));
  wheel.add({2, 0}, std::chrono::hours(1));
  EXPECT_EQ(pass(milliseconds(100)), (std::map<std::uint32_t, int>{{1, 1}}));
  EXPECT_EQ(pass(beat_wheel::span), (std::map<std::uint32_t, int>{{2, 1}}));
}

TEST_F(turning_wheel, tells_each_once_after_a_long_pause) {
  for (std::uint32_t viewer = 0; viewer < 30; ++viewer) wheel.add({viewer, 0}, seconds(viewer + 1));
  const auto due = pass(std::chrono::hours(1), std::chrono::hours(1));
  EXPECT_EQ(due.size(), 30u);
  for (const auto& [viewer, times] : due) EXPECT_EQ(times, 1);
}

}  // namespace
}  // namespace blotter::node
