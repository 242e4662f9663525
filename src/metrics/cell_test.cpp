#include "metrics/cell.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace blotter::metrics {
namespace {

TEST(counter, adds_up) {
  counter rows;
  rows.add();
  rows.add(41);
  EXPECT_EQ(rows.value(), 42u);
}

TEST(gauge, goes_up_and_down) {
  gauge viewers;
  viewers.add(3);
  viewers.add(-1);
  EXPECT_EQ(viewers.value(), 2);
  viewers.set(0.5);
  EXPECT_EQ(viewers.value(), 0.5);
}

TEST(counter, has_a_cache_line_of_its_own) {
  EXPECT_EQ(alignof(counter), cache_line_size);
  EXPECT_EQ(sizeof(counter), cache_line_size);
  EXPECT_EQ(sizeof(gauge), cache_line_size);
}

TEST(counter, may_be_read_while_another_thread_writes) {
  counter rows;
  std::thread writer([&rows] {
    for (int i = 0; i < 100'000; ++i) rows.add();
  });
  for (std::uint64_t last = 0; last < 100'000;) {
    const std::uint64_t now = rows.value();
    ASSERT_GE(now, last);
    last = now;
  }
  writer.join();
  EXPECT_EQ(rows.value(), 100'000u);
}

}  // namespace
}  // namespace blotter::metrics
