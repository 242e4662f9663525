#include "directory/holdings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/random.hpp"
#include "directory/partition_text.hpp"

namespace blotter::directory {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t feed = 77;
constexpr std::uint32_t topic_partitions = 64;
constexpr milliseconds step{50};

/// A router that loads what it is to hold, each partition for a while.
struct host {
  host(const std::string& name, const holdings_options& options, milliseconds load)
      : id(member_id::parse(name).value()), state(id, options), load_time(load) {}

  member record() const {
    return {.id = id, .roles = {role::router}, .stage = stage, .feed = state.announced()};
  }
  void begin(std::uint64_t generation, std::uint32_t partitions, instant now) {
    state.begin(generation, partitions, now);
    for (auto& [_, done] : done_at) done = now + load_time;
  }
  void run(instant now) {
    state.tick(now);
    std::erase_if(done_at, [&](const auto& each) { return !state.held().has(each.first); });
    for (const std::uint32_t p : state.held().list())
      if (done_at.emplace(p, now + load_time).second) ++loads;
    partition_set caught_up;
    for (const auto& [p, done] : done_at)
      if (done <= now) caught_up.add(p);
    state.set_caught_up(caught_up, now);
  }
  bool has_all(std::uint32_t p, instant now) const {
    const auto found = done_at.find(p);
    return found != done_at.end() && found->second <= now;
  }

  member_id id;
  holdings state;
  milliseconds load_time;
  directory::stage stage = stage::serving;
  std::map<std::uint32_t, instant> done_at;  ///< of what it holds: when it is loaded
  int loads = 0;
};

/// Routers that see each other's records some time after they were written, each as late as a test says.
class cluster {
 public:
  host& start(const std::string& name, milliseconds load = seconds(1)) {
    hosts.push_back(std::make_unique<host>(name, options, load));
    hosts.back()->begin(generation, topic_partitions, now);
    return *hosts.back();
  }
  void kill(const host& which) {
    std::erase_if(hosts, [&](const auto& each) { return each.get() == &which; });
  }
  void run(milliseconds time) {
    for (const instant end = now + time; now < end; now += step) {
      std::vector<member> records;
      for (const auto& each : hosts) records.push_back(each->record());
      for (member& each : nodes) {
        if (now - renewed >= seconds(1)) ++each.load.number;
        records.push_back(each);
      }
      if (now - renewed >= seconds(1)) renewed = now;
      history.push_back(std::move(records));
      for (const auto& each : hosts) {
        const auto late = static_cast<std::size_t>(delay(*each) / step);
        if (late < history.size()) each->state.see(history[history.size() - 1 - late], now);
        each->run(now);
      }
      for (std::uint32_t p = 0; p < topic_partitions; ++p) fewest_seen = std::min(fewest_seen, readable(p));
    }
  }
  /// Replicas of a partition that hold all of it, announced or not.
  std::size_t readable(std::uint32_t p) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(hosts, [&](const auto& each) { return each->has_all(p, now); }));
  }
  std::size_t announced(std::uint32_t p) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        hosts, [p](const auto& each) { return each->state.announced().caught_up.has(p); }));
  }
  /// Every partition is announced by as many as should hold it, and held by no more.
  void expect_settled(std::size_t replicas) const {
    std::size_t held = 0;
    for (const auto& each : hosts) held += each->state.held().size();
    EXPECT_EQ(held, replicas * topic_partitions);
    for (std::uint32_t p = 0; p < topic_partitions; ++p) EXPECT_EQ(announced(p), replicas) << p;
  }
  int loads() const {
    int all = 0;
    for (const auto& each : hosts) all += each->loads;
    return all;
  }
  void watch_fewest() { fewest_seen = SIZE_MAX; }

  instant now{std::chrono::hours(1)};
  std::uint64_t generation = feed;
  holdings_options options;
  std::function<milliseconds(const host&)> delay = [](const host&) { return milliseconds(100); };
  std::vector<std::unique_ptr<host>> hosts;
  std::vector<member> nodes;  ///< that renew their records each second
  instant renewed{};
  std::deque<std::vector<member>> history;
  std::size_t fewest_seen = SIZE_MAX;  ///< full replicas of any partition
};

TEST(holdings, holds_everything_while_it_is_alone) {
  cluster all;
  host& only = all.start("r-1");
  all.run(milliseconds(250));
  EXPECT_TRUE(only.state.held().empty()) << "others may be about to come";
  all.run(seconds(1));
  EXPECT_EQ(only.state.held(), partition_set::first(topic_partitions));
  EXPECT_TRUE(only.state.announced().caught_up.empty());
  all.run(seconds(2));
  EXPECT_EQ(only.state.announced().caught_up, partition_set::first(topic_partitions));
}

TEST(holdings, holds_nothing_before_it_knows_feed_and_directory) {
  const std::vector<member> nobody;
  holdings mine(member_id::parse("r-1").value(), {});
  instant now{};
  mine.see(nobody, now);
  mine.tick(now += seconds(9));
  EXPECT_TRUE(mine.held().empty());
  holdings blind(member_id::parse("r-1").value(), {});
  blind.begin(feed, 4, now);
  blind.tick(now += seconds(9));
  EXPECT_TRUE(blind.held().empty());
  blind.see(nobody, now);
  blind.tick(now += seconds(9));
  EXPECT_EQ(blind.held().size(), 4u);
}

TEST(holdings, shares_with_one_that_joins_only_after_that_one_has_caught_up) {
  cluster all;
  all.start("r-1");
  all.start("r-2");
  all.run(seconds(10));
  all.expect_settled(2);
  all.watch_fewest();
  host& third = all.start("r-3", seconds(20));
  all.run(seconds(15));
  EXPECT_TRUE(third.state.announced().caught_up.empty());
  EXPECT_EQ(all.hosts[0]->state.announced().caught_up.size(), topic_partitions);
  all.run(seconds(30));
  all.expect_settled(2);
  EXPECT_GE(all.fewest_seen, 2u);
}

TEST(holdings, takes_up_at_once_what_one_that_died_held) {
  cluster all;
  for (const char* name : {"r-1", "r-2", "r-3", "r-4"}) all.start(name);
  all.run(seconds(20));
  all.expect_settled(2);
  all.watch_fewest();
  all.kill(*all.hosts[1]);
  all.run(milliseconds(300));
  std::size_t held = 0;
  for (const auto& each : all.hosts) held += each->state.held().size();
  EXPECT_GE(held, 2 * topic_partitions);
  all.run(seconds(20));
  all.expect_settled(2);
  EXPECT_EQ(all.fewest_seen, 1u);
}

TEST(holdings, goes_on_serving_for_a_while_what_it_does_not_announce_any_more) {
  cluster all;
  all.start("r-1");
  all.start("r-2");
  all.run(seconds(10));
  all.start("r-3");
  const host& first = *all.hosts[0];
  while (first.state.announced().caught_up.size() == topic_partitions) all.run(step);
  EXPECT_EQ(first.state.held().size(), topic_partitions);
  all.run(milliseconds(2900));
  EXPECT_EQ(first.state.held().size(), topic_partitions);
  all.run(milliseconds(300));
  EXPECT_LT(first.state.held().size(), topic_partitions);
}

TEST(holdings, announces_again_at_once_what_another_has_lost_meanwhile) {
  cluster all;
  all.start("r-1");
  all.start("r-2");
  all.run(seconds(10));
  host& third = all.start("r-3");
  const host& first = *all.hosts[0];
  while (first.state.announced().caught_up.size() == topic_partitions) all.run(step);
  all.kill(third);
  all.run(milliseconds(200));
  EXPECT_EQ(first.state.announced().caught_up.size(), topic_partitions);
  EXPECT_EQ(first.loads, int{topic_partitions}) << "nothing was loaded twice";
}

TEST(holdings, gives_nothing_up_while_the_directory_is_away_nor_before_the_dead_are_known) {
  cluster all;
  all.start("r-1");
  all.start("r-2");
  all.run(seconds(10));
  host& third = all.start("r-3");
  const host& first = *all.hosts[0];
  for (const auto& each : all.hosts) each->state.set_sight(sight::clear, all.now);
  while (first.state.announced().caught_up.size() == topic_partitions) all.run(step);
  // Its record is still there, as it was: nobody can know that it is dead.
  const member gone = third.record();
  all.kill(third);
  const auto see = [&](sight how, milliseconds time) {
    for (const instant end = all.now + time; all.now < end; all.now += step) {
      const std::vector<member> members{all.hosts[0]->record(), all.hosts[1]->record(), gone};
      for (const auto& each : all.hosts) {
        each->state.set_sight(how, all.now);
        each->state.see(members, all.now);
        each->run(all.now);
      }
    }
  };
  see(sight::lost, seconds(30));
  EXPECT_EQ(first.state.announced().caught_up.size(), topic_partitions);
  see(sight::clear, milliseconds(8500));  // the grace after it was away, and a dead one's time
  EXPECT_EQ(first.state.announced().caught_up.size(), topic_partitions);
  see(sight::clear, seconds(9));
  EXPECT_LT(first.state.held().size(), topic_partitions) << "who is there all the time has its share";
}

TEST(holdings, gives_nothing_up_at_once_that_it_took_up_before_the_directory_was_there) {
  cluster all;
  host& first = all.start("r-1");
  for (const instant end = all.now + seconds(6); all.now < end; all.now += step) {
    first.state.set_sight(sight::lost, all.now);
    first.state.see(std::vector<member>{first.record()}, all.now);
    first.run(all.now);
  }
  EXPECT_EQ(first.state.announced().caught_up.size(), topic_partitions) << "it seemed to be alone";
  // Their records are there, and as old as nobody knows.
  all.start("r-2", milliseconds(0));
  all.start("r-3", milliseconds(0));
  first.state.set_sight(sight::clear, all.now);
  all.run(milliseconds(8500));
  EXPECT_EQ(first.state.announced().caught_up.size(), topic_partitions);
  all.run(seconds(12));
  all.expect_settled(2);
}

TEST(holdings, trusts_the_directory_at_once_when_it_was_late_only_at_the_start) {
  cluster all;
  all.options.begin_after = milliseconds(500);
  host& first = all.start("r-1", milliseconds(0));
  first.state.set_sight(sight::lost, all.now);
  all.run(milliseconds(300));
  first.state.set_sight(sight::clear, all.now);
  all.run(seconds(6));
  all.start("r-2", milliseconds(0));
  all.start("r-3", milliseconds(0));
  all.run(seconds(6));
  EXPECT_LT(first.state.held().size(), topic_partitions);
}

struct readers : testing::Test {
  readers() {
    all.start("r-1");
    all.start("r-2");
    all.nodes.push_back({.id = node, .roles = {role::node}});
    all.run(seconds(10));
    first().state.set_linked(node, true, all.now);
    first().state.set_linked(node, true, all.now);  // another core of it
  }
  host& first() { return *all.hosts[0]; }
  std::size_t held() { return first().state.held().size(); }
  std::size_t announced() { return first().state.announced().caught_up.size(); }

  cluster all;
  const member_id node = member_id::parse("n-1").value();
};

TEST_F(readers, do_not_delay_what_they_know_of) {
  all.start("r-3");
  all.run(seconds(6));
  EXPECT_LT(held(), topic_partitions);
}

TEST_F(readers, whom_the_directory_has_lost_keep_what_they_read_until_they_go) {
  const member lost = all.nodes.front();
  all.nodes.clear();
  all.run(step);
  all.start("r-3");
  all.run(seconds(60));
  EXPECT_EQ(announced(), topic_partitions) << "it cannot know of r-3, and would have no router";
  first().state.set_linked(node, false, all.now);
  all.run(seconds(10));
  EXPECT_EQ(announced(), topic_partitions) << "one link is left";
  first().state.set_linked(node, false, all.now);
  all.run(seconds(6));
  EXPECT_LT(held(), topic_partitions);
}

TEST_F(readers, who_were_never_in_the_directory_keep_what_they_read) {
  first().state.set_linked(member_id::parse("n-2").value(), true, all.now);
  all.start("r-3");
  all.run(seconds(60));
  EXPECT_EQ(announced(), topic_partitions);
  all.nodes.push_back({.id = member_id::parse("n-2").value(), .roles = {role::node}});
  all.run(seconds(6));
  EXPECT_LT(held(), topic_partitions);
}

// Cut off for less time than its record may stand still: it has lost the news, and nobody takes it for dead.
TEST_F(readers, whose_records_stand_still_are_waited_for) {
  all.start("r-3");
  while (announced() == topic_partitions) all.run(step);
  all.renewed = all.now + seconds(3);
  all.run(milliseconds(3300));
  EXPECT_EQ(held(), topic_partitions);
  all.run(seconds(6));
  EXPECT_LT(held(), topic_partitions) << "and no longer than that";
}

TEST(holdings, gives_nothing_up_by_what_it_saw_before_it_stood_still) {
  cluster all;
  all.start("r-1");
  all.start("r-2");
  all.run(seconds(10));
  all.start("r-3");
  host& first = *all.hosts[0];
  while (first.state.announced().caught_up.size() == topic_partitions) all.run(step);
  first.run(all.now += seconds(5));
  EXPECT_EQ(first.state.held().size(), topic_partitions);
  EXPECT_EQ(first.state.announced().caught_up.size(), topic_partitions);
}

TEST(holdings, is_not_worn_down_by_a_router_that_comes_and_goes) {
  cluster all;
  all.start("r-1");
  all.start("r-2");
  all.run(seconds(10));
  all.watch_fewest();
  const int before = all.hosts[0]->loads + all.hosts[1]->loads;
  for (int time = 0; time < 20; ++time) {
    host& flapping = all.start("r-3", milliseconds(500));
    all.run(milliseconds(300 + 400 * (time % 5)));
    all.kill(flapping);
    all.run(milliseconds(700));
  }
  EXPECT_GE(all.fewest_seen, 2u);
  EXPECT_EQ(all.hosts[0]->loads + all.hosts[1]->loads, before);
}

TEST(holdings, finishes_a_load_beside_a_router_that_comes_and_goes) {
  cluster all;
  all.start("r-1", seconds(4));
  all.start("r-2", seconds(4));
  all.start("r-3", seconds(4));
  all.run(seconds(20));
  all.kill(*all.hosts[2]);
  all.run(seconds(1));
  for (int time = 0; time < 5; ++time) {
    host& flapping = all.start("r-3", seconds(4));
    all.run(seconds(1));
    all.kill(flapping);
    all.run(milliseconds(500));
  }
  all.expect_settled(2);
}

TEST(holdings, loads_little_more_than_needed_when_all_restart_at_once) {
  cluster all;
  random_source chance(3);
  for (int i = 0; i < 5; ++i) {
    all.start("r-" + std::to_string(i), seconds(2));
    all.run(milliseconds(50 * chance.below(5)));
  }
  all.run(seconds(20));
  all.expect_settled(2);
  EXPECT_LE(all.loads(), 3 * int{topic_partitions});
}

TEST(holdings, keeps_every_partition_somewhere_whatever_each_router_sees) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    random_source chance(seed);
    cluster all;
    for (int i = 0; i < 4; ++i) all.start("r-" + std::to_string(i), milliseconds(500));
    all.run(seconds(15));
    std::map<std::string, milliseconds> late;
    all.delay = [&](const host& each) { return late[each.id.text()]; };
    all.watch_fewest();
    for (int i = 4; i < 12; ++i) {
      for (const auto& each : all.hosts) late[each->id.text()] = step * chance.below(40);
      all.start("r-" + std::to_string(i), milliseconds(500));
      all.run(milliseconds(1000 * chance.below(5)));
      host& leaving = *all.hosts[chance.below(all.hosts.size())];
      leaving.stage = stage::draining;
      leaving.state.drain(all.now);
      for (int turns = 0; !leaving.state.drained() && turns < 600; ++turns) all.run(milliseconds(100));
      EXPECT_TRUE(leaving.state.drained()) << "seed " << seed;
      all.kill(leaving);
    }
    EXPECT_GE(all.fewest_seen, 2u) << "seed " << seed;
    late.clear();
    all.run(seconds(30));
    all.expect_settled(2);
  }
}

// Each of three sees only the other two as takers, so each believes that those have it.
TEST(holdings, does_not_vanish_when_each_of_three_believes_that_the_others_have_it) {
  cluster all;
  all.options.replicas = 3;
  for (const char* name : {"r-1", "r-2", "r-3"}) all.start(name);
  all.run(seconds(10));
  all.expect_settled(3);
  all.watch_fewest();
  for (const auto& each : all.hosts) each->state.drain(all.now);  // their records do not say so
  all.run(seconds(60));
  EXPECT_GE(all.fewest_seen, 1u);
}

TEST(holdings, hands_over_before_it_has_drained) {
  cluster all;
  for (const char* name : {"r-1", "r-2", "r-3"}) all.start(name);
  all.run(seconds(15));
  all.watch_fewest();
  host& leaving = *all.hosts[0];
  leaving.stage = stage::draining;
  EXPECT_TRUE(leaving.state.sees_takers());
  leaving.state.drain(all.now);
  all.run(seconds(2));
  EXPECT_FALSE(leaving.state.drained());
  all.run(seconds(5));
  EXPECT_TRUE(leaving.state.drained());
  EXPECT_GE(all.fewest_seen, 2u);
  all.kill(leaving);
  all.run(seconds(5));
  all.expect_settled(2);
}

TEST(holdings, has_looked_when_it_may_take_up_partitions) {
  cluster all;
  host& only = all.start("r-1");
  EXPECT_FALSE(only.state.has_looked());
  all.run(milliseconds(250));
  EXPECT_FALSE(only.state.has_looked());
  EXPECT_TRUE(only.state.held().empty());
  all.run(milliseconds(500));
  EXPECT_TRUE(only.state.has_looked());
  EXPECT_FALSE(only.state.held().empty());
}

TEST(holdings, never_drains_when_nobody_can_take_over) {
  cluster all;
  host& only = all.start("r-1");
  all.run(seconds(5));
  EXPECT_FALSE(only.state.sees_takers());
  only.state.drain(all.now);
  all.run(seconds(60));
  EXPECT_FALSE(only.state.drained());
  EXPECT_EQ(only.state.announced().caught_up.size(), topic_partitions);
}

TEST(holdings, does_not_count_what_is_announced_of_another_generation) {
  cluster all;
  all.start("r-1");
  all.start("r-2");
  all.run(seconds(10));
  all.generation = feed + 1;
  all.start("r-3");
  all.run(seconds(20));
  EXPECT_EQ(all.hosts[0]->state.announced().caught_up.size(), topic_partitions);
  for (int i = 0; i < 2; ++i)
    all.hosts[static_cast<std::size_t>(i)]->begin(feed + 1, topic_partitions, all.now);
  EXPECT_TRUE(all.hosts[0]->state.announced().caught_up.empty());
  all.run(seconds(20));
  all.expect_settled(2);
}

TEST(holdings, takes_no_more_when_it_is_full_and_keeps_what_it_has) {
  cluster all;
  for (const char* name : {"r-1", "r-2", "r-3"}) all.start(name);
  all.run(seconds(15));
  host& full = *all.hosts[0];
  const partition_set before = full.state.held();
  full.state.set_room(intake::full, all.now);
  all.kill(*all.hosts[1]);
  all.run(seconds(15));
  EXPECT_EQ(full.state.held(), before);
  EXPECT_EQ(full.state.announced().room, intake::full);
  EXPECT_EQ(all.hosts[1]->state.held().size(), topic_partitions);
  full.state.set_room(intake::open, all.now);
  all.run(seconds(15));
  all.expect_settled(2);
}

TEST(holdings, gives_up_what_it_is_loading_when_it_is_full_so_that_others_take_it) {
  cluster all;
  all.start("r-1");
  all.start("r-2");
  all.run(seconds(15));
  host& small = all.start("r-3", seconds(20));
  all.run(seconds(3));
  EXPECT_FALSE(small.state.held().empty());
  small.state.set_room(intake::full, all.now);
  EXPECT_TRUE(small.state.held().empty());
  all.run(seconds(10));
  EXPECT_TRUE(small.state.held().empty());
  EXPECT_EQ(all.hosts[0]->state.held().size(), topic_partitions);
}

TEST(holdings, announces_no_more_what_has_to_be_loaded_anew) {
  cluster all;
  host& only = all.start("r-1");
  all.run(seconds(5));
  only.done_at[7] = all.now + seconds(2);
  all.run(step);
  EXPECT_FALSE(only.state.announced().caught_up.has(7));
  EXPECT_TRUE(only.state.announced().held.has(7));
  all.run(seconds(3));
  EXPECT_TRUE(only.state.announced().caught_up.has(7));
}

TEST(holdings, holds_nothing_of_a_topic_with_too_many_partitions) {
  holdings mine(member_id::parse("r-1").value(), {.begin_after = milliseconds(0)});
  mine.see({}, instant{});
  mine.begin(feed, partitions_max + 1, instant{});
  EXPECT_TRUE(mine.held().empty());
}

}  // namespace
}  // namespace blotter::directory
