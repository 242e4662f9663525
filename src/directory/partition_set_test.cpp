#include "directory/partition_set.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"
#include "directory/errc.hpp"

namespace blotter::directory {
namespace {

TEST(partition_set, is_written_as_ranges) {
  EXPECT_EQ(partition_set().text(), "");
  EXPECT_EQ(partition_set({7}).text(), "7");
  EXPECT_EQ(partition_set({17, 3, 2, 1, 0}).text(), "0-3,17");
  EXPECT_EQ(partition_set({0, 2, 4, 5}).text(), "0,2,4-5");
  EXPECT_EQ(partition_set::first(64).text(), "0-63");
}

TEST(partition_set, reads_what_it_writes) {
  random_source chance(1);
  for (int round = 0; round < 200; ++round) {
    partition_set some;
    const std::uint64_t bound = 1 + chance.below(partition_set::partitions_max);
    for (std::uint64_t left = chance.below(100); left > 0; --left)
      some.insert(static_cast<std::uint32_t>(chance.below(bound)));
    const auto read = partition_set::parse(some.text());
    ASSERT_TRUE(read) << some.text();
    EXPECT_EQ(*read, some);
  }
}

TEST(partition_set, has_a_bounded_text) {
  partition_set worst;
  for (std::uint32_t p = 0; p < partition_set::partitions_max; p += 2) worst.insert(p);
  EXPECT_LE(worst.text().size(), partition_set::text_size_max);
  EXPECT_EQ(*partition_set::parse(worst.text()), worst);
}

TEST(partition_set, refuses_any_other_text) {
  for (const char* text : {" ",
                           "a",
                           "-1",
                           "1-",
                           "1,",
                           ",1",
                           "1,,2",
                           "2,1",
                           "1,1",
                           "1-1",
                           "3-1",
                           "1-3,3",
                           "01",
                           "1-02",
                           "1 ,2",
                           "16384",
                           "0-16384",
                           "0-4294967295",
                           "99999999999999999999",
                           "1;2",
                           "+1",
                           "1--2"})
    EXPECT_EQ(partition_set::parse(text).error(), errc::bad_partitions) << text;
  std::string long_text = "0";
  for (int p = 2; long_text.size() <= partition_set::text_size_max; p += 2)
    long_text.append(",").append(std::to_string(p));
  EXPECT_EQ(partition_set::parse(long_text).error(), errc::bad_partitions);
}

TEST(partition_set, holds_each_once) {
  partition_set some;
  EXPECT_TRUE(some.insert(5));
  EXPECT_FALSE(some.insert(5));
  EXPECT_TRUE(some.contains(5));
  EXPECT_FALSE(some.contains(4));
  EXPECT_TRUE(some.erase(5));
  EXPECT_FALSE(some.erase(5));
  EXPECT_TRUE(some.empty());
}

}  // namespace
}  // namespace blotter::directory
