#include "router/partition_keeper.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace blotter::router {
namespace {

using std::chrono::seconds;

constexpr table::generation feed_id{1};

directory::member_id named(std::string_view text) {
  return directory::member_id::parse(text).value();
}

/// A router of a feed with two partitions whose keeper has it hold them.
struct keeping : testing::Test, sink, partition_keeper::hands {
  keeping() {
    core.handle(feed::generation_began{feed_id, 2, ""}, now);
    members.push_back({.id = named("r-1"), .roles = {directory::role::router}});
    keeper.see(members, now);
    pass(milliseconds(500));
  }
  void send(link_id, link::to_node) override {}
  void hold(const table::partition_set& partitions) override {
    held = partitions;
    core.hold(partitions, now);
  }
  void read(const table::partition_set&, const table::partition_set&) override {}
  void hear_of(table::generation) override {}
  void announce(const directory::feed_share& share) override { announced = share; }

  void pass(milliseconds time) {
    for (const instant end = now + time; now < end; now += milliseconds(50))
      keeper.tick(directory::sight::clear, now);
  }
  void load() {
    for (const table::partition_id p : {0u, 1u}) {
      if (!held.has(p)) continue;
      core.handle(feed::partition_began{p}, now);
      core.handle(feed::partition_caught_up{p, 0}, now);
    }
  }
  /// Another router, which has everything or nothing of it.
  void meet(std::uint32_t caught_up) {
    directory::member other{.id = named("r-2"), .roles = {directory::role::router}};
    other.feed = {.generation = 1, .partitions = 2, .caught_up = partition_set::first(caught_up)};
    members.push_back(other);
    keeper.see(members, now);
  }

  instant now{std::chrono::hours(1)};
  router core{{}, *this};
  std::vector<directory::member> members;
  table::partition_set held;
  directory::feed_share announced;
  partition_keeper keeper{named("r-1"), {.replicas = 1}, core, *this};
};

// Nodes were told at once that it serves them.
TEST_F(keeping, hands_over_what_was_loaded_just_before_it_drains) {
  meet(0);
  const table::partition_set mine = held;
  ASSERT_FALSE(mine.empty());
  load();
  keeper.drain(now);
  EXPECT_EQ(held, mine);
  EXPECT_FALSE(keeper.drained());
  members.back().feed.caught_up = partition_set::first(2);
  keeper.see(members, now);
  pass(seconds(4));
  EXPECT_TRUE(keeper.drained());
}

TEST_F(keeping, keeps_what_was_loaded_just_before_it_saw_whose_it_is) {
  load();
  meet(0);
  EXPECT_EQ(held, table::partition_set::first(2)) << "it is young, and nobody else has them";
}

TEST_F(keeping, lets_go_at_once_of_what_it_is_loading_and_is_anothers) {
  meet(0);
  EXPECT_LT(held.size(), 2u);
}

TEST_F(keeping, lets_go_at_once_of_what_it_is_loading_when_it_drains) {
  meet(0);
  keeper.drain(now);
  EXPECT_TRUE(held.empty());
}

TEST_F(keeping, gives_nothing_up_while_a_node_reads_that_the_directory_does_not_know) {
  load();
  keeper.set_linked(named("n-1"), true, now);
  meet(2);
  keeper.drain(now);
  pass(seconds(60));
  EXPECT_EQ(held, table::partition_set::first(2));
  keeper.set_linked(named("n-1"), false, now);
  pass(seconds(4));
  EXPECT_TRUE(held.empty());
}

}  // namespace
}  // namespace blotter::router
