#include "sim/life.hpp"

#include <gtest/gtest.h>

#include "sim/shrink.hpp"

namespace blotter::sim {
namespace {

TEST(life, is_the_same_for_the_same_seed_to_the_byte) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::string first;
    std::string second;
    const outcome one = live(draw_plan(seed), sabotage::none, &first);
    const outcome two = live(draw_plan(seed), sabotage::none, &second);
    EXPECT_EQ(first, second);
    EXPECT_EQ(one.digest, two.digest);
    EXPECT_GT(first.size(), 500u);
  }
}

TEST(life, is_another_for_another_seed) {
  EXPECT_NE(live(draw_plan(1), sabotage::none).digest, live(draw_plan(2), sabotage::none).digest);
}

TEST(life, keeps_every_promise_from_a_thousand_seeds) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const outcome one = live(draw_plan(seed), sabotage::none);
    ASSERT_FALSE(one.failure) << "blotter-sim --seed " << seed << " --lives 1: " << one.failure->text;
    EXPECT_LE(one.recovered, recovery_max(draw_plan(seed)) + milliseconds(200));
  }
}

// Lives that once broke a promise of a core, or seemed to.
TEST(life, keeps_its_promises_where_cores_once_did_not) {
  for (const std::uint64_t seed : {220, 1798, 3020, 10424, 199113, 237716, 250503, 1014388, 5083951, 30069298,
                                   30130325, 225324, 528095}) {
    const outcome one = live(draw_plain_plan(seed), sabotage::none);
    EXPECT_FALSE(one.failure) << seed << ": " << one.failure->text;
  }
}

// The same, where gateways and replicas may be part of it.
TEST(life, keeps_its_promises_where_the_whole_cluster_once_did_not) {
  for (const std::uint64_t seed : {484481L, 1795500000076866, 1795500000167183}) {
    const outcome one = live(draw_plan(seed), sabotage::none);
    EXPECT_FALSE(one.failure) << seed << ": " << one.failure->text;
  }
}

// Rows deleted in the partition that they moved to, where few deletes are remembered.
TEST(life, keeps_its_promises_where_deletes_hide_older_values) {
  for (const std::uint64_t seed : {4301, 5160, 9658, 10510}) {
    plan drawn = draw_plain_plan(seed);
    ASSERT_TRUE(override_plan(drawn, "tombstones=1,replicas=0"));
    const outcome one = live(drawn, sabotage::none);
    EXPECT_FALSE(one.failure) << seed << ": " << one.failure->text;
  }
}

// Lives with a directory that once broke a promise, or seemed to: a process waits for the name of one that
// ended, whose record old views make grow; a router takes everything up before it reaches the directory; a
// router hands over what a node reads that is cut off from the directory.
TEST(life, keeps_its_promises_where_the_directory_misled_members) {
  for (const std::uint64_t seed : {1795400000032763u, 1795400000041693u, 1795400000046616u}) {
    const outcome one = live(draw_plan(seed), sabotage::none);
    EXPECT_FALSE(one.failure) << seed << ": " << one.failure->text;
  }
}

class planted : public testing::TestWithParam<std::size_t> {};

TEST_P(planted, defect_is_caught) {
  const auto defect = static_cast<sabotage>(GetParam());
  constexpr std::uint64_t lives_max = 10'000;
  std::uint64_t seed = 1;
  while (seed <= lives_max && !live(draw_plan(seed), defect).failure) ++seed;
  EXPECT_LE(seed, lives_max) << name(defect) << " survived: " << sentence(defect);
}

INSTANTIATE_TEST_SUITE_P(every, planted, testing::Range<std::size_t>(1, sabotage_count),
                         [](const auto& each) {
                           return std::string(name(static_cast<sabotage>(each.param)));
                         });

TEST(shrink, finds_a_smaller_life_that_breaks_the_same_promise) {
  std::uint64_t seed = 1;
  while (
      live(draw_plan(seed), sabotage::row_lost).failure.value_or(broken_promise{promise::proof, {}}).which !=
      promise::freshness)
    ++seed;
  const plan drawn = draw_plan(seed);
  const plan small = shrink(drawn, sabotage::row_lost, promise::freshness);
  EXPECT_LE(small.records, drawn.records);
  EXPECT_LE(small.nodes, drawn.nodes);
  EXPECT_NE(plan_difference(small), "");
  plan again = draw_plan(seed);
  ASSERT_TRUE(override_plan(again, plan_difference(small)));
  const outcome one = live(again, sabotage::row_lost);
  ASSERT_TRUE(one.failure);
  EXPECT_EQ(one.failure->which, promise::freshness);
}

TEST(plan, is_read_as_it_was_written) {
  plan life = draw_plan(7);
  life.nodes = 77;
  life.faults_kept = 5;
  plan again = draw_plan(7);
  ASSERT_TRUE(override_plan(again, plan_difference(life)));
  EXPECT_EQ(describe(again), describe(life));
  EXPECT_EQ(again.faults_kept, 5u);
  EXPECT_EQ(plan_difference(draw_plan(7)), "");
  EXPECT_FALSE(override_plan(again, "no_such_number=1"));
  EXPECT_FALSE(override_plan(again, "nodes=x"));
  EXPECT_FALSE(override_plan(again, "nodes"));
}

}  // namespace
}  // namespace blotter::sim
