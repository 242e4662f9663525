#include "directory/partition_text.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"
#include "directory/errc.hpp"

namespace blotter::directory {
namespace {

TEST(partition_text, is_written_as_ranges) {
  EXPECT_EQ(to_text(partition_set()), "");
  EXPECT_EQ(to_text(partition_set({7})), "7");
  EXPECT_EQ(to_text(partition_set({17, 3, 2, 1, 0})), "0-3,17");
  EXPECT_EQ(to_text(partition_set({0, 2, 4, 5})), "0,2,4-5");
  EXPECT_EQ(to_text(partition_set::first(64)), "0-63");
}

TEST(partition_text, reads_what_it_writes) {
  random_source chance(1);
  for (int round = 0; round < 200; ++round) {
    partition_set some;
    const std::uint64_t bound = 1 + chance.below(partitions_max);
    for (std::uint64_t left = chance.below(100); left > 0; --left)
      some.add(static_cast<std::uint32_t>(chance.below(bound)));
    const auto read = read_partitions(to_text(some));
    ASSERT_TRUE(read) << to_text(some);
    EXPECT_EQ(*read, some);
  }
}

TEST(partition_text, has_a_bounded_text) {
  partition_set worst;
  for (std::uint32_t p = 0; p < partitions_max; p += 2) worst.add(p);
  EXPECT_LE(to_text(worst).size(), partitions_text_size_max);
  EXPECT_EQ(*read_partitions(to_text(worst)), worst);
}

TEST(partition_text, refuses_any_other_text) {
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
    EXPECT_EQ(read_partitions(text).error(), errc::bad_partitions) << text;
  std::string long_text = "0";
  for (int p = 2; long_text.size() <= partitions_text_size_max; p += 2)
    long_text.append(",").append(std::to_string(p));
  EXPECT_EQ(read_partitions(long_text).error(), errc::bad_partitions);
}

}  // namespace
}  // namespace blotter::directory
