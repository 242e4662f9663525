#include "directory/partitions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>

#include "base/random.hpp"

namespace blotter::directory {
namespace {

std::vector<partition_taker> routers(std::size_t count, int cluster = 0) {
  std::vector<partition_taker> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({member_id::parse("router-" + std::to_string(cluster) + "-" + std::to_string(i)).value()});
  return all;
}

std::size_t slots_moved(const assignment& from, const assignment& to) {
  std::size_t moved = 0;
  for (std::uint32_t p = 0; p < from.partitions(); ++p)
    for (const std::uint32_t each : from.holders(p)) moved += to.gives(p, each) ? 0 : 1;
  return moved;
}

TEST(assign_partitions, puts_each_on_two_routers_best_first_and_on_all_where_there_are_fewer) {
  for (std::size_t count = 0; count <= 9; ++count) {
    const assignment made = assign_partitions(64, 2, routers(count));
    ASSERT_EQ(made.partitions(), 64u);
    for (std::uint32_t p = 0; p < 64; ++p) {
      const auto holders = made.holders(p);
      EXPECT_EQ(holders.size(), std::min<std::size_t>(2, count));
      EXPECT_EQ(std::set(holders.begin(), holders.end()).size(), holders.size());
      for (const std::uint32_t each : holders) EXPECT_TRUE(made.of(each).has(p));
    }
  }
}

TEST(assign_partitions, is_even_to_15_percent_at_64_partitions_and_5_routers) {
  for (int cluster = 0; cluster < 500; ++cluster) {
    const assignment made = assign_partitions(64, 2, routers(5, cluster));
    for (std::uint32_t i = 0; i < 5; ++i) {
      const auto held = static_cast<double>(made.of(i).size());
      EXPECT_NEAR(held, 25.6, 0.15 * 25.6) << cluster;
    }
  }
}

TEST(assign_partitions, is_even_at_every_size) {
  constexpr std::array<std::uint32_t, 6> topics{1, 2, 7, 12, 64, 300};
  for (const std::uint32_t partitions : topics)
    for (std::uint32_t replicas = 1; replicas <= 3; ++replicas)
      for (std::uint32_t count = 1; count <= 12; ++count) {
        const assignment made = assign_partitions(partitions, replicas, routers(count));
        const double mean = partitions * std::min(replicas, count) / double(count);
        for (std::uint32_t i = 0; i < count; ++i) {
          const auto held = static_cast<double>(made.of(i).size());
          EXPECT_LE(held, std::max(std::ceil(mean), mean * 1.125)) << partitions << " on " << count;
          EXPECT_GE(held, std::min(std::floor(mean), mean * 0.875)) << partitions << " on " << count;
        }
      }
}

TEST(assign_partitions, gives_every_router_the_same_answer_in_whatever_order_it_lists_them) {
  random_source chance(1);
  for (int cluster = 0; cluster < 50; ++cluster) {
    const auto all = routers(6, cluster);
    auto shuffled = all;
    for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[chance.below(i)]);
    const assignment one = assign_partitions(64, 2, all);
    const assignment other = assign_partitions(64, 2, shuffled);
    for (std::uint32_t p = 0; p < 64; ++p)
      for (std::size_t rank = 0; rank < 2; ++rank)
        EXPECT_EQ(all[one.holders(p)[rank]].id, shuffled[other.holders(p)[rank]].id);
  }
}

TEST(assign_partitions, moves_little_more_than_a_router_takes_or_had) {
  for (std::size_t count = 2; count <= 8; ++count) {
    double moves_over_least = 0;
    constexpr int clusters = 100;
    for (int cluster = 0; cluster < clusters; ++cluster) {
      const auto more = routers(count + 1, cluster);
      const std::vector fewer(more.begin(), more.end() - 1);
      const assignment with = assign_partitions(64, 2, more);
      const assignment without = assign_partitions(64, 2, fewer);
      const auto least = static_cast<double>(with.of(static_cast<std::uint32_t>(count)).size());
      const auto joins = static_cast<double>(slots_moved(without, with));
      const auto leaves = static_cast<double>(slots_moved(with, without));
      EXPECT_EQ(joins, leaves);  // as many as the rest give up or take up
      EXPECT_LE(joins, 1.6 * least) << count;
      moves_over_least += joins / least / clusters;
    }
    EXPECT_LE(moves_over_least, count <= 5 ? 1.15 : 1.3) << count;
  }
}

TEST(assign_partitions, gives_a_full_router_nothing_that_it_does_not_hold) {
  auto all = routers(4);
  all[1].room = intake::full;
  all[1].held = {3, 5, 8};
  const assignment made = assign_partitions(64, 2, all);
  const partition_set given = made.of(1);
  for (const std::uint32_t p : given.list()) EXPECT_TRUE(all[1].held.has(p));
  for (std::uint32_t p = 0; p < 64; ++p) EXPECT_EQ(made.holders(p).size(), 2u);
}

TEST(assign_partitions, leaves_out_what_full_routers_cannot_take) {
  auto all = routers(2);
  for (partition_taker& each : all) each.room = intake::full;
  all[0].held = {0};
  all[1].held = {0, 1};
  const assignment made = assign_partitions(3, 2, all);
  EXPECT_EQ(made.of(0), partition_set({0}));
  EXPECT_EQ(made.of(1), partition_set({0, 1}));
  EXPECT_TRUE(made.holders(2).empty());
}

}  // namespace
}  // namespace blotter::directory
