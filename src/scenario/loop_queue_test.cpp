#include "scenario/loop_queue.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"

namespace blotter::scenario {
namespace {

TEST(loop_queue, sends_all_that_comes_below_its_capacity) {
  double backlog = 0;
  const loop_work done =
      work_off(backlog, {.offered = 600, .tables = 5'000, .capacity = 1'000, .burst = 2}, 1);
  EXPECT_DOUBLE_EQ(done.sent, 600);
  EXPECT_DOUBLE_EQ(done.busy, 0.6);
  EXPECT_EQ(done.conflated, 0);
  EXPECT_EQ(done.shift, 0);
  // M/M/1: 2 / 1000 s of service at 0.6 make 5 ms in the system.
  EXPECT_DOUBLE_EQ(done.scale, 0.005);
  EXPECT_EQ(backlog, 0);
}

TEST(loop_queue, lets_what_is_too_much_wait) {
  double backlog = 0;
  const loop_work done =
      work_off(backlog, {.offered = 1'500, .tables = 1e12, .capacity = 1'000, .burst = 2}, 1);
  EXPECT_DOUBLE_EQ(done.sent, 1'000);
  EXPECT_EQ(done.busy, 1);
  EXPECT_NEAR(backlog, 500, 1e-3);
  EXPECT_NEAR(done.shift, 0.25, 1e-6) << "250 rows waited in the mean";
  EXPECT_DOUBLE_EQ(done.scale, 0.002 / 0.02) << "where M/M/1 has no bound";
}

TEST(loop_queue, works_a_backlog_off) {
  double backlog = 300;
  const loop_work done =
      work_off(backlog, {.offered = 500, .tables = 1e12, .capacity = 1'000, .burst = 2}, 1);
  EXPECT_NEAR(done.sent, 800, 1e-3);
  EXPECT_NEAR(done.busy, 0.8, 1e-6);
  EXPECT_EQ(backlog, 0);
  // 300 fall to 0 within 0.6 s: 90 waited in the mean.
  EXPECT_NEAR(done.shift, 0.09, 1e-6);
}

TEST(loop_queue, sends_a_row_once_that_changed_again_while_it_waited) {
  // Of 1,000 rows 4,000 changes a second, of which 1,000 can be sent: three in four rows wait at any time.
  double backlog = 0;
  loop_work done;
  for (int i = 0; i < 60; ++i)
    done = work_off(backlog, {.offered = 4'000, .tables = 1'000, .capacity = 1'000, .burst = 2}, 1);
  EXPECT_NEAR(backlog, 750, 1e-6);
  EXPECT_NEAR(done.conflated, 3'000, 1e-6);
  EXPECT_NEAR(done.shift, 0.75, 1e-6) << "at most one walk over all rows";
}

TEST(loop_queue, loses_nothing) {
  random_source chance(1);
  for (int life = 0; life < 1'000; ++life) {
    double backlog = 0;
    double came = 0;
    double gone = 0;
    const double tables = 1 + 1e5 * chance.unit();
    for (int i = 0; i < 50; ++i) {
      const loop_load load{3'000 * chance.unit() * chance.unit(), tables, 1 + 2'000 * chance.unit(), 2};
      const loop_work done = work_off(backlog, load, 1);
      came += load.offered;
      gone += done.sent + done.conflated;
      ASSERT_GE(backlog, 0);
      ASSERT_LE(backlog, tables + 1e-6);
      ASSERT_LE(done.sent, load.capacity * (1 + 1e-12));
      ASSERT_GE(done.conflated, 0);
      ASSERT_TRUE(done.busy >= 0 && done.busy <= 1);
      ASSERT_TRUE(std::isfinite(done.shift) && done.shift >= 0);
    }
    ASSERT_NEAR(came, gone + backlog, 1e-6 * (1 + came));
  }
}

}  // namespace
}  // namespace blotter::scenario
