#include "net/mailbox.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "net/core.hpp"

namespace blotter::net {
namespace {

using boost::asio::io_context;

TEST(mailbox, gives_items_in_the_order_pushed) {
  io_context loop;
  std::vector<int> taken;
  mailbox<int> box(loop, 8, 8, [&](int&& item) { taken.push_back(item); });
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(box.try_push(int{i}));
  EXPECT_TRUE(taken.empty());
  loop.run();
  EXPECT_EQ(taken, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(mailbox, refuses_what_is_over_its_capacity_and_leaves_it_untouched) {
  io_context loop;
  mailbox<std::unique_ptr<int>> box(loop, 1, 1, [](std::unique_ptr<int>&&) {});
  auto first = std::make_unique<int>(1);
  auto second = std::make_unique<int>(2);
  EXPECT_TRUE(box.try_push(std::move(first)));
  EXPECT_FALSE(box.try_push(std::move(second)));
  EXPECT_EQ(*second, 2);
  EXPECT_EQ(box.refused(), 1u);
  loop.run();
  EXPECT_TRUE(box.try_push(std::move(second)));
}

TEST(mailbox, counts_what_is_being_taken_as_held) {
  io_context loop;
  mailbox<int> box(loop, 4, 1, [](int&&) {});
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(box.try_push(int{i}));
  loop.run_one();  // one item in four is taken
  EXPECT_TRUE(box.try_push(5));
  EXPECT_FALSE(box.try_push(6));
}

TEST(mailbox, lets_the_loop_serve_others_between_batches) {
  io_context loop;
  std::vector<int> order;
  mailbox<int> box(loop, 8, 2, [&](int&& item) { order.push_back(item); });
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(box.try_push(int{i}));
  boost::asio::post(loop, [&] { order.push_back(0); });
  loop.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 0, 3, 4}));
}

TEST(mailbox, wakes_its_core_once_for_many_items) {
  io_context loop;
  int taken = 0;
  mailbox<int> box(loop, 100, 100, [&](int&&) { ++taken; });
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(box.try_push(int{i}));
  EXPECT_EQ(loop.run(), 1u);
  EXPECT_EQ(taken, 100);
}

TEST(mailbox, may_be_pushed_to_by_the_item_it_gives) {
  io_context loop;
  std::vector<int> taken;
  mailbox<int>* self = nullptr;
  mailbox<int> box(loop, 2, 4, [&](int&& item) {
    taken.push_back(item);
    if (item == 3) return;
    EXPECT_TRUE(self->try_push(item + 1));
  });
  self = &box;
  ASSERT_TRUE(box.try_push(1));
  loop.run();
  EXPECT_EQ(taken, (std::vector<int>{1, 2, 3}));
}

TEST(mailbox, blocks_a_waiting_pusher_and_loses_nothing_between_threads) {
  constexpr int each = 20'000;
  core consumer(0);
  std::promise<void> all;
  std::vector<int> last(3, -1);
  int taken = 0;
  struct item {
    std::size_t from;
    int number;
  };
  mailbox<item> box(consumer.loop(), 16, 4, [&](item&& given) {
    EXPECT_EQ(given.number, last[given.from] + 1);
    last[given.from] = given.number;
    if (++taken == 3 * each) all.set_value();
  });
  consumer.start();
  std::vector<std::thread> pushers;
  for (std::size_t from = 0; from < 3; ++from) {
    pushers.emplace_back([&box, from] {
      for (int number = 0; number < each; ++number) {
        item next{from, number};
        if (from != 0) {
          ASSERT_TRUE(box.push_wait(std::move(next)));
        } else {
          while (!box.try_push(std::move(next))) std::this_thread::yield();
        }
      }
    });
  }
  for (auto& each_pusher : pushers) each_pusher.join();
  all.get_future().wait();
  consumer.stop();
}

TEST(mailbox, frees_waiting_pushers_when_closed_and_still_gives_what_it_accepted) {
  io_context loop;
  int taken = 0;
  mailbox<int> box(loop, 1, 1, [&](int&&) { ++taken; });
  ASSERT_TRUE(box.push_wait(1));
  auto waiting = std::async(std::launch::async, [&] { return box.push_wait(2); });
  box.close();
  EXPECT_FALSE(waiting.get());
  EXPECT_FALSE(box.try_push(3));
  loop.run();
  EXPECT_EQ(taken, 1);
}

}  // namespace
}  // namespace blotter::net
