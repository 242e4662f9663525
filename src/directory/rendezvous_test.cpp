#include "directory/rendezvous.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "base/random.hpp"

namespace blotter::directory {
namespace {

std::vector<contender> nodes(std::size_t count) {
  std::vector<contender> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back({stable_hash("node-" + std::to_string(i))});
  return all;
}

std::uint64_t client(int number) {
  return stable_hash("client" + std::to_string(number));
}

// Made by another program from the words of the header: whoever changes a bit moves every key of a cluster
// that is being updated.
TEST(stable_hash, is_what_the_header_says_on_every_machine) {
  EXPECT_EQ(stable_hash(""), 0xF52A15E9A9B5E89Bu);
  EXPECT_EQ(stable_hash("node-1"), 0x13950D4EF307E655u);
  EXPECT_EQ(stable_hash("\xC3\xA4"), 0xE60A42A18E381BCDu);
  EXPECT_EQ(stable_hash(std::uint64_t{0}), 0xE220A8397B1DCDAFu);
  EXPECT_EQ(stable_hash(std::uint64_t{63}), 0xE255B237B8BB18FBu);
  EXPECT_EQ(rendezvous_score(stable_hash("client7"), {stable_hash("node-1"), 1}), 0xB5358EF8793F3321u);
  EXPECT_EQ(rendezvous_score(stable_hash("client7"), {stable_hash("node-1"), 8}), 0xEF7217EC792B8393u);
}

TEST(rendezvous, chooses_the_best_first_and_none_twice) {
  const auto all = nodes(5);
  for (int key = 0; key < 100; ++key) {
    const auto chosen = rendezvous(client(key), all, 3);
    ASSERT_EQ(chosen.size(), 3u);
    EXPECT_GT(rendezvous_score(client(key), all[chosen[0]]), rendezvous_score(client(key), all[chosen[1]]));
    EXPECT_GT(rendezvous_score(client(key), all[chosen[1]]), rendezvous_score(client(key), all[chosen[2]]));
    EXPECT_EQ(rendezvous(client(key), all, 1)[0], chosen[0]);
  }
}

TEST(rendezvous, chooses_fewer_when_fewer_have_a_weight) {
  auto all = nodes(3);
  all[1].weight = 0;
  EXPECT_EQ(rendezvous(client(1), all, 9).size(), 2u);
  EXPECT_TRUE(rendezvous(client(1), {}, 2).empty());
}

TEST(rendezvous, does_not_care_how_contenders_are_listed) {
  const auto all = nodes(7);
  auto reversed = all;
  std::ranges::reverse(reversed);
  for (int key = 0; key < 1000; ++key)
    EXPECT_EQ(all[rendezvous(client(key), all, 1)[0]].name,
              reversed[rendezvous(client(key), reversed, 1)[0]].name);
}

TEST(rendezvous, gives_each_its_weights_part) {
  auto all = nodes(4);
  all[0].weight = 16;
  all[1].weight = 4;
  std::map<std::size_t, int> wins;
  constexpr int keys = 40'000;
  for (int key = 0; key < keys; ++key) ++wins[rendezvous(client(key), all, 1)[0]];
  const double sum = 16 + 4 + 8 + 8;
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_NEAR(wins[i] / double{keys}, all[i].weight / sum, 0.01) << i;  // 4 standard deviations
}

TEST(rendezvous, moves_only_the_keys_of_one_that_leaves_each_to_its_second) {
  const auto all = nodes(6);
  const std::vector<contender> left(all.begin(), all.end() - 1);
  for (int key = 0; key < 5000; ++key) {
    const auto before = rendezvous(client(key), all, 2);
    const auto after = rendezvous(client(key), left, 1)[0];
    EXPECT_EQ(after, before[0] == 5 ? before[1] : before[0]);
  }
}

TEST(rendezvous, moves_keys_only_to_one_whose_weight_grows) {
  const auto before = nodes(5);
  auto after = before;
  after[2].weight += 3;
  int moved = 0;
  for (int key = 0; key < 5000; ++key) {
    const auto was = rendezvous(client(key), before, 1)[0];
    const auto is = rendezvous(client(key), after, 1)[0];
    if (was == is) continue;
    ++moved;
    EXPECT_EQ(is, 2u);
  }
  EXPECT_NEAR(moved / 5000.0, 11.0 / 43 - 8.0 / 40, 0.02);
}

TEST(core_of, spreads_the_clients_of_one_node_evenly_over_its_cores) {
  const auto all = nodes(4);
  std::vector<int> clients(3);
  int sum = 0;
  for (int key = 0; key < 24'000; ++key) {
    const std::string name = "client-" + std::to_string(key);
    if (rendezvous(stable_hash(name), all, 1)[0] != 1) continue;
    ++clients[core_of(name, 3)];
    ++sum;
  }
  for (const int each : clients) EXPECT_NEAR(each / double(sum), 1.0 / 3, 0.03);  // 5 standard deviations
}

TEST(core_of, is_the_same_in_every_build) {
  EXPECT_EQ(core_of("client-0001", 64), 60u);
  EXPECT_EQ(core_of("client-0002", 64), 38u);
  EXPECT_EQ(core_of("client-0001", 1), 0u);
}

}  // namespace
}  // namespace blotter::directory
