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
  EXPECT_EQ(static_cast<std::uint64_t>(generation_of(market())), 0x36eb6f5d38d40000u);
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

TEST(generation, is_later_when_more_cuts_of_the_same_topic_are_known) {
  const auto cut = [](std::uint16_t times) { return generation_of(market(), times); };
  EXPECT_TRUE(is_later(cut(1), cut(0)));
  EXPECT_TRUE(is_later(cut(65535), cut(2)));
  EXPECT_FALSE(is_later(cut(1), cut(1)));
  EXPECT_FALSE(is_later(cut(0), cut(1)));
  auto other = market();
  other.partitions = 24;
  EXPECT_FALSE(is_later(generation_of(other, 1), cut(0)));
  EXPECT_FALSE(is_later(table::generation::none, cut(0)));
  EXPECT_EQ(cuts_in(cut(7)), 7);
}

}  // namespace
}  // namespace blotter::kafka
