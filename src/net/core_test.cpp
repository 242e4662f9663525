#include "net/core.hpp"

#include <gtest/gtest.h>

#include <future>
#include <set>

namespace blotter::net {
namespace {

TEST(core, runs_what_is_posted_on_its_own_thread) {
  core one(0);
  one.start();
  std::promise<std::thread::id> ran_on;
  one.post([&] { ran_on.set_value(std::this_thread::get_id()); });
  EXPECT_NE(ran_on.get_future().get(), std::this_thread::get_id());
}

TEST(core, ticks_again_and_again_with_a_time_that_grows) {
  core one(0);
  std::promise<void> enough;
  int ticks = 0;
  instant last{};
  one.every(milliseconds(1), [&](instant now) {
    EXPECT_GT(now, last);
    last = now;
    if (++ticks == 5) enough.set_value();
  });
  one.start();
  enough.get_future().wait();
  one.stop();
  EXPECT_GE(ticks, 5);
}

TEST(core, tells_how_busy_it_is_after_a_second_of_work) {
  core one(0);
  std::promise<void> told;
  bool done = false;
  one.every(milliseconds(1), [&](instant now) {
    while (instant::clock::now() < now + milliseconds(3)) {
    }
    if (!done && one.load().busy > 0.3) {
      done = true;
      told.set_value();
    }
  });
  one.start();
  told.get_future().wait();
  EXPECT_LE(one.load().busy, 1.0);
}

TEST(core, may_be_stopped_twice_and_before_it_started) {
  core never(0);
  never.stop();
  core one(1);
  one.start();
  one.stop();
  one.stop();
}

TEST(core_set, starts_each_core_on_a_thread_of_its_own) {
  core_set cores(3);
  cores.start();
  std::set<std::thread::id> threads;
  for (unsigned i = 0; i < cores.size(); ++i) {
    EXPECT_EQ(cores[i].index(), i);
    std::promise<std::thread::id> ran_on;
    cores[i].post([&] { ran_on.set_value(std::this_thread::get_id()); });
    threads.insert(ran_on.get_future().get());
  }
  EXPECT_EQ(threads.size(), 3u);
}

}  // namespace
}  // namespace blotter::net
