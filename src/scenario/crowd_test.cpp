#include "scenario/crowd.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace blotter::scenario {
namespace {

crowd_settings small() {
  return {.clients = 500, .load = 10'000, .session = 100, .presence = curve({{0, 0}, {100, 1}, {200, 0.2}})};
}

TEST(crowd, is_the_same_for_the_same_seed_and_another_for_another) {
  crowd one(small(), 7), same(small(), 7), other(small(), 8);
  bool differs = false;
  for (int second = 0; second < 250; ++second) {
    for (crowd* each : {&one, &same, &other}) each->pass(second);
    ASSERT_EQ(one.came(), same.came());
    ASSERT_EQ(one.left(), same.left());
    ASSERT_EQ(one.busy(), same.busy());
    differs = differs || one.came() != other.came();
  }
  EXPECT_TRUE(differs);
}

TEST(crowd, comes_and_goes_as_the_curve_says) {
  crowd some(small(), 1);
  std::set<client_number> there;
  std::size_t turned = 0;
  for (int second = 0; second < 250; ++second) {
    some.pass(second);
    for (const client_number each : some.left()) ASSERT_EQ(there.erase(each), 1u) << "was not there";
    for (const client_number each : some.came()) ASSERT_TRUE(there.insert(each).second) << "was there";
    ASSERT_EQ(there.size(), some.present());
    if (second < 100) turned += some.left().size();
  }
  EXPECT_EQ(there.size(), 100u);
  EXPECT_GT(turned, 100u) << "a session ends after 100 s in the mean";
}

TEST(crowd, turns_over_even_while_all_are_there) {
  crowd_settings full = small();
  full.presence = curve({{0, 1}});
  crowd some(full, 1);
  std::size_t left = 0;
  for (int second = 0; second < 100; ++second) {
    some.pass(second);
    left += some.left().size();
  }
  EXPECT_NEAR(static_cast<double>(left), 500, 100) << "each once in 100 s";
  EXPECT_GT(some.present(), 480u);
}

TEST(crowd, offers_what_its_clients_do_that_are_there) {
  crowd some(small(), 1);
  std::set<client_number> there;
  for (int second = 0; second < 150; ++second) {
    some.pass(second);
    for (const client_number each : some.left()) there.erase(each);
    there.insert(some.came().begin(), some.came().end());
    double all = 0;
    for (const client_number each : there) {
      const client& of = some.clients()[each];
      all += static_cast<double>(of.rate) / 1'000 * of.viewers * some.busy()[of.group];
    }
    ASSERT_NEAR(some.offered(), all, 1e-6);
    if (second == 100) {
      EXPECT_NEAR(all, 10'000, 3'000);
    }
  }
}

TEST(crowd, gives_its_hot_client_the_part_that_was_asked_for) {
  crowd_settings with_hot = small();
  with_hot.presence = curve({{0, 1}});
  with_hot.hot_part = 0.3;
  with_hot.hot = curve({{0, 1}});
  crowd some(with_hot, 1);
  double hot = 0;
  double all = 0;
  for (int second = 0; second < 300; ++second) {
    some.pass(second);
    hot += static_cast<double>(some.clients()[0].rate) / 1'000 * some.clients()[0].viewers;
    all += some.offered();
    for (const client_number each : some.left()) ASSERT_NE(each, 0u) << "it stays";
  }
  EXPECT_NEAR(hot / all, 0.3, 0.03);
}

TEST(curve, is_straight_between_its_points_and_level_outside) {
  const curve one({{10, 1}, {20, 3}});
  EXPECT_EQ(one.at(0), 1);
  EXPECT_EQ(one.at(15), 2);
  EXPECT_EQ(one.at(20), 3);
  EXPECT_EQ(one.at(99), 3);
  EXPECT_EQ(one.later(5).at(20), 2);
}

}  // namespace
}  // namespace blotter::scenario
