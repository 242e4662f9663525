#include "kafka/read_orders.hpp"

#include <gtest/gtest.h>

#include "kafka/topic_identity.hpp"

namespace blotter::kafka {
namespace {

table::partition_set set(std::initializer_list<table::partition_id> some) {
  table::partition_set made;
  for (const table::partition_id each : some) made.add(each);
  return made;
}

TEST(read_orders, has_nothing_to_say_until_something_was_asked_and_then_once) {
  read_orders orders;
  EXPECT_FALSE(orders.take());
  orders.assign({}, {});
  const auto order = orders.take();
  ASSERT_TRUE(order);
  EXPECT_TRUE(order->partitions.empty());
  EXPECT_FALSE(orders.take());
}

TEST(read_orders, does_not_keep_what_was_let_go_though_it_is_asked_for_again) {
  read_orders orders;
  orders.assign(set({1, 2, 3}), {});
  EXPECT_EQ(orders.take()->keep, set({1, 2, 3}));
  orders.assign(set({1, 3}), {});
  orders.assign(set({1, 2}), {});
  orders.assign(set({1, 2, 3}), {});
  const auto order = orders.take();
  EXPECT_EQ(order->partitions, set({1, 2, 3}));
  EXPECT_EQ(order->keep, set({1}));
  orders.assign(set({1, 2, 3, 4}), {});
  EXPECT_EQ(orders.take()->keep, set({1, 2, 3, 4}));
}

TEST(read_orders, does_not_keep_what_is_to_begin_again) {
  read_orders orders;
  orders.assign(set({1, 2}), set({1}));
  orders.assign(set({1, 2}), {});
  EXPECT_EQ(orders.take()->keep, set({2}));
}

TEST(read_orders, knows_the_latest_generation_of_each_topic_that_was_heard_of) {
  topic_identity topic;
  topic_identity other;
  other.partitions = 7;
  read_orders orders;
  EXPECT_EQ(orders.latest(generation_of(topic)), generation_of(topic));
  orders.hear_of(generation_of(topic, 3));
  orders.hear_of(generation_of(topic, 2));
  orders.hear_of(generation_of(other, 9));
  orders.hear_of(table::generation::none);
  EXPECT_EQ(orders.latest(generation_of(topic)), generation_of(topic, 3));
  EXPECT_EQ(orders.latest(generation_of(topic, 5)), generation_of(topic, 5));
  EXPECT_EQ(orders.latest(generation_of(other)), generation_of(other, 9));
  for (std::uint32_t i = 100; i < 1000; ++i) {
    other.partitions = i;
    orders.hear_of(generation_of(other, 1));
  }
  EXPECT_EQ(orders.latest(generation_of(other)), generation_of(other, 1));
}

}  // namespace
}  // namespace blotter::kafka
