#include "metrics/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "base/random.hpp"

namespace blotter::metrics {
namespace {

TEST(bucket_of, puts_every_value_into_the_bucket_that_bounds_it) {
  random_source chance(1);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t value = chance.next() >> (24 + chance.below(40));
    const std::size_t bucket = bucket_of(value);
    ASSERT_LT(bucket, bucket_count) << value;
    ASSERT_LE(value, bucket_bound(bucket)) << value;
    if (bucket == 0) continue;
    ASSERT_GT(value, bucket_bound(bucket - 1)) << value;
  }
}

TEST(bucket_bound, grows_by_a_thirty_second_at_most) {
  EXPECT_EQ(bucket_bound(0), 1u);
  EXPECT_EQ(bucket_bound(bucket_count - 1), histogram_value_max);
  for (std::size_t i = 1; i < bucket_count; ++i) {
    const std::uint64_t step = bucket_bound(i) - bucket_bound(i - 1);
    ASSERT_GE(step, 1u);
    if (i < 64) continue;
    ASSERT_LE(step * 32, bucket_bound(i - 1)) << i;
  }
}

TEST(bucket_bound, hits_every_power_of_two) {
  for (unsigned bits = 0; bits <= value_bits; ++bits) {
    const std::uint64_t value = std::uint64_t{1} << bits;
    ASSERT_EQ(bucket_bound(bucket_of(value)), value);
  }
}

TEST(histogram, knows_count_sum_and_largest) {
  histogram delays;
  for (const std::uint64_t value : {0u, 7u, 1'000'000u}) delays.record(value);
  const distribution now = delays.read();
  EXPECT_EQ(now.count(), 3u);
  EXPECT_EQ(now.sum(), 1'000'007u);
  EXPECT_EQ(now.max(), 1'000'000u);
}

TEST(histogram, gives_quantiles_within_its_precision) {
  random_source chance(2);
  histogram delays;
  std::vector<std::uint64_t> values(20'000);
  for (auto& value : values) {
    value = static_cast<std::uint64_t>(std::exp(chance.unit() * 20));
    delays.record(value);
  }
  std::ranges::sort(values);
  const distribution now = delays.read();
  for (const double q : {0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = std::max(1.0, std::ceil(q * 20'000));
    const auto exact = static_cast<double>(values[static_cast<std::size_t>(rank) - 1]);
    const auto given = static_cast<double>(now.quantile(q));
    EXPECT_GE(given, exact) << q;
    EXPECT_LE(given, exact * 1.032 + 1) << q;
  }
}

TEST(histogram, gives_no_quantile_beyond_the_largest_value) {
  histogram delays;
  delays.record(1000);
  EXPECT_EQ(delays.read().quantile(1), 1000u);
}

TEST(histogram, has_quantile_zero_while_empty) {
  EXPECT_EQ(histogram().read().quantile(0.99), 0u);
}

TEST(histogram, counts_what_is_too_large_and_still_knows_the_largest) {
  histogram delays;
  delays.record(~std::uint64_t{0});
  const distribution now = delays.read();
  EXPECT_EQ(now.count(), 1u);
  EXPECT_EQ(now.quantile(1), ~std::uint64_t{0});
  EXPECT_EQ(now.count_up_to(histogram_value_max / 2), 0u);
  EXPECT_EQ(now.count_up_to(histogram_value_max), 1u);
}

TEST(distribution, counts_up_to_a_power_of_two_exactly) {
  histogram sizes;
  for (std::uint64_t value = 1; value <= 1000; ++value) sizes.record(value);
  const distribution now = sizes.read();
  for (const std::uint64_t bound : {1u, 2u, 64u, 128u, 512u}) EXPECT_EQ(now.count_up_to(bound), bound);
}

TEST(distribution, adds_up_over_cores) {
  histogram one;
  histogram other;
  one.record(10);
  other.record(30);
  distribution both = one.read();
  both += other.read();
  EXPECT_EQ(both.count(), 2u);
  EXPECT_EQ(both.sum(), 40u);
  EXPECT_EQ(both.quantile(0.5), 10u);
  EXPECT_EQ(both.max(), 30u);
}

TEST(distribution, tells_what_came_since_an_earlier_reading) {
  histogram delays;
  for (int i = 0; i < 1000; ++i) delays.record(1'000'000);
  const distribution before = delays.read();
  delays.record(5);
  const distribution since = delays.read().since(before);
  EXPECT_EQ(since.count(), 1u);
  EXPECT_EQ(since.sum(), 5u);
  EXPECT_EQ(since.quantile(0.99), 5u);
}

TEST(histogram, may_be_read_while_another_thread_records) {
  histogram delays;
  std::thread writer([&delays] {
    for (std::uint64_t i = 0; i < 50'000; ++i) delays.record(i);
  });
  for (std::uint64_t last = 0; last < 50'000;) {
    const std::uint64_t now = delays.read().count();
    ASSERT_GE(now, last);
    last = now;
  }
  writer.join();
}

}  // namespace
}  // namespace blotter::metrics
