#include "feed/read_follower.hpp"

#include <gtest/gtest.h>

namespace blotter::feed {
namespace {

constexpr table::generation first{1};
constexpr table::generation second{2};

table::partition_set set(std::initializer_list<table::partition_id> some) {
  table::partition_set made;
  for (const table::partition_id each : some) made.add(each);
  return made;
}

TEST(read_follower, asks_for_what_is_needed_once) {
  read_follower follower;
  auto call = follower.follow(first, set({1, 2}), set({1, 2}));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->partitions, set({1, 2}));
  EXPECT_FALSE(follower.follow(first, set({1, 2}), set({1, 2})));
  EXPECT_FALSE(follower.follow(first, set({1, 2}), set({2})));
  EXPECT_FALSE(follower.follow(first, set({1, 2}), {}));
}

TEST(read_follower, says_that_nothing_is_needed_before_anything_is) {
  read_follower follower;
  const auto call = follower.follow(table::generation::none, {}, {});
  ASSERT_TRUE(call);
  EXPECT_TRUE(call->partitions.empty());
  EXPECT_FALSE(follower.follow(table::generation::none, {}, {}));
}

TEST(read_follower, has_begun_again_what_the_router_has_let_go_of_meanwhile) {
  read_follower follower;
  (void)follower.follow(first, set({1, 2}), set({1, 2}));
  EXPECT_FALSE(follower.follow(first, set({1, 2}), {}));
  // Given up and taken up between two looks: the source still reads it, the router has forgotten its rows.
  const auto call = follower.follow(first, set({1, 2}), set({2}));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->partitions, set({1, 2}));
  EXPECT_EQ(call->again, set({2}));
  EXPECT_FALSE(follower.follow(first, set({1, 2}), set({2})));
}

TEST(read_follower, leaves_it_to_the_source_to_begin_all_with_a_generation) {
  read_follower follower;
  (void)follower.follow(first, set({1, 2}), set({1, 2}));
  (void)follower.follow(first, set({1, 2}), {});
  EXPECT_FALSE(follower.follow(second, set({1, 2}), set({1, 2}))) << "the words of their beginning are next";
  const auto call = follower.follow(second, set({1, 2, 3}), set({2, 3}));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->again, set({3}));
}

}  // namespace
}  // namespace blotter::feed
