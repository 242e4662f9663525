#include "kafka/topic_identity.hpp"

#include <gtest/gtest.h>

#include <set>

namespace blotter::kafka {
namespace {

topic_identity market() {
  topic_identity topic;
  topic.cluster = "MkU3OEVBNTcwNTJENDM2Qg";
  topic.id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  topic.partitions = 12;
  topic.leader_epochs.assign(12, 0);
  return topic;
}

TEST(generation, is_the_same_on_every_machine_and_for_ever) {
  // Viewers' bookmarks hold it: another hash would send every viewer a full snapshot.
  EXPECT_EQ(static_cast<std::uint64_t>(generation_of(market())), 0x36eb6f5d38d46c7fu);
}

TEST(generation, differs_by_cluster_id_partitions_and_truncation) {
  std::set<table::generation> all = {generation_of(market()), generation_of(market(), 1),
                                     generation_of(market(), 2)};
  auto other = market();
  other.cluster = "other";
  all.insert(generation_of(other));
  other = market();
  other.id[15] = 17;
  all.insert(generation_of(other));
  other = market();
  other.partitions = 24;
  all.insert(generation_of(other));
  EXPECT_EQ(all.size(), 6u);
  EXPECT_FALSE(all.contains(table::generation::none));
}

TEST(generation, does_not_change_with_leaders_or_brokers) {
  auto moved = market();
  moved.leader_epochs.assign(12, 7);
  moved.brokers = {{"elsewhere", 1}};
  EXPECT_EQ(generation_of(moved), generation_of(market()));
  EXPECT_TRUE(moved.same_topic(market()));
}

TEST(truncation_mark, is_found_alike_by_two_readers_and_differs_from_the_one_before) {
  const std::vector<table::record_offset> begins(12, 0);
  const auto first = truncation_mark(market(), begins, 0);
  EXPECT_EQ(first, truncation_mark(market(), begins, 0));
  EXPECT_NE(first, 0u);
  EXPECT_NE(first, truncation_mark(market(), begins, first));
  auto moved = market();
  moved.leader_epochs[3] = 1;
  EXPECT_NE(first, truncation_mark(moved, begins, 0));
}

}  // namespace
}  // namespace blotter::kafka
