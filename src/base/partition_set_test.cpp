#include "base/partition_set.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace blotter {
namespace {

TEST(partition_set, holds_what_was_added_and_not_removed) {
  random_source random(1);
  for (int life = 0; life < 200; ++life) {
    partition_set mine;
    std::set<partition_id> plain;
    for (int step = 0; step < 50; ++step) {
      const auto which = static_cast<partition_id>(random.below(200));
      if (random.below(2)) {
        mine.add(which);
        plain.insert(which);
      } else {
        mine.remove(which);
        plain.erase(which);
      }
      EXPECT_EQ(mine.has(which), plain.contains(which));
      EXPECT_EQ(mine.list(), std::vector<partition_id>(plain.begin(), plain.end()));
      EXPECT_EQ(mine.size(), plain.size());
      EXPECT_EQ(mine.empty(), plain.empty());
      EXPECT_EQ(mine.end(), plain.empty() ? 0 : *plain.rbegin() + 1);
    }
    EXPECT_EQ(mine, partition_set::of(mine.list()));
    EXPECT_TRUE(partition_set::first(200).has_all(mine));
    EXPECT_EQ(mine.has_all(partition_set::first(1)), plain.contains(0));
  }
}

TEST(partition_set, holds_each_once) {
  partition_set some{5, 64, 5};
  EXPECT_EQ(some.size(), 2u);
  some.add(5);
  EXPECT_EQ(some, partition_set({64, 5}));
  some.remove(5);
  some.remove(5);
  EXPECT_EQ(some.list(), std::vector<partition_id>{64});
  some.remove(64);
  EXPECT_EQ(some, partition_set());
}

TEST(partition_set, has_all_partitions_below_a_number) {
  for (const partition_id count : {0u, 1u, 63u, 64u, 65u, 128u}) {
    EXPECT_EQ(partition_set::first(count).size(), count);
    EXPECT_FALSE(partition_set::first(count).has(count));
    EXPECT_EQ(partition_set::first(count).end(), count);
  }
}

}  // namespace
}  // namespace blotter
