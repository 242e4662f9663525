#include "hazelcast/dialer.hpp"

#include <gtest/gtest.h>

namespace blotter::hazelcast {
namespace {

using namespace std::chrono_literals;
using addresses = std::vector<address>;

const address a{"a", 1}, b{"b", 2};
const instant start{1h};

TEST(dialer, dials_every_seed_once) {
  dialer all({a, b}, {}, 1);
  EXPECT_EQ(all.due(start), (addresses{a, b}));
  EXPECT_EQ(all.due(start + 1h), addresses{});
}

TEST(dialer, waits_longer_after_each_failure_but_never_over_the_ceiling) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    dialer all({a}, {.retry_min = 100ms, .retry_max = 400ms}, seed);
    ASSERT_EQ(all.due(start), addresses{a});
    instant now = start;
    for (const milliseconds ceiling : {100ms, 200ms, 400ms, 400ms}) {
      all.failed(a, dialer::failure::passing, now);
      now += ceiling;
      ASSERT_EQ(all.due(now), addresses{a}) << ceiling.count();
    }
  }
}

TEST(dialer, spreads_the_wait_from_nothing_to_the_ceiling) {
  int early = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    dialer all({a}, {.retry_min = 100ms}, seed);
    (void)all.due(start);
    all.failed(a, dialer::failure::passing, start);
    early += !all.due(start + 50ms).empty();
  }
  EXPECT_GT(early, 60);
  EXPECT_LT(early, 140);
}

TEST(dialer, waits_long_after_a_refusal) {
  int waiting = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    dialer all({a}, {.retry_max = 1s, .refused_retry = 10s}, seed);
    (void)all.due(start);
    all.failed(a, dialer::failure::refused, start);
    waiting += all.due(start + 2s).empty();
  }
  EXPECT_GT(waiting, 60);
}

TEST(dialer, begins_anew_after_a_success) {
  dialer all({a}, {.retry_min = 100ms, .retry_max = 1h}, 3);
  instant now = start;
  for (int i = 0; i < 10; ++i) {
    (void)all.due(now);
    all.failed(a, dialer::failure::passing, now);
    now += 2h;
  }
  (void)all.due(now);
  all.succeeded(a);
  all.failed(a, dialer::failure::passing, now);
  EXPECT_EQ(all.due(now + 100ms), addresses{a});
}

TEST(dialer, learns_members_and_forgets_them_but_no_seed) {
  dialer all({a}, {}, 1);
  (void)all.due(start);
  all.learn({{{1, 1}, b}});
  EXPECT_EQ(all.due(start), addresses{b});
  all.failed(b, dialer::failure::passing, start);
  all.learn({});
  EXPECT_FALSE(all.knows(b));
  EXPECT_TRUE(all.knows(a));
}

TEST(dialer, forgets_who_left_while_it_was_dialed) {
  dialer all({a}, {}, 1);
  all.learn({{{1, 1}, b}});
  (void)all.due(start);
  all.learn({});
  EXPECT_TRUE(all.knows(b));
  all.failed(b, dialer::failure::passing, start);
  EXPECT_FALSE(all.knows(b));
}

TEST(dialer, leaves_a_second_way_alone_until_a_connection_is_lost) {
  dialer all({a, b}, {}, 1);
  (void)all.due(start);
  all.superfluous(b);
  EXPECT_EQ(all.due(start + 1h), addresses{});
  all.reconsider(start + 1h);
  EXPECT_EQ(all.due(start + 1h), addresses{b});
}

}  // namespace
}  // namespace blotter::hazelcast
