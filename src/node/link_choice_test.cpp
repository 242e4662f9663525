#include "node/link_choice.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"

namespace blotter::node {
namespace {

using table::no_slot;
using table::partition_set;

std::size_t moves(const link_choice& a, const link_choice& b) {
  std::size_t differ = 0;
  for (std::size_t p = 0; p < a.size(); ++p) differ += a[p] != b[p];
  return differ;
}

TEST(link_choice, spreads_partitions_evenly_over_links) {
  const auto all = partition_set::first(64);
  const std::vector<link_offer> offers{
      {0, 7, &all, link_health::well}, {1, 8, &all, link_health::well}, {2, 9, &all, link_health::well}};
  const link_choice chosen = choose_links(link_choice(64, no_slot), offers);
  for (std::uint32_t link = 0; link < 3; ++link) {
    EXPECT_GE(share_of(chosen, link).size(), 21u);
    EXPECT_LE(share_of(chosen, link).size(), 22u);
  }
}

TEST(link_choice, moves_only_the_partitions_of_a_link_that_is_gone) {
  const auto all = partition_set::first(64);
  std::vector<link_offer> offers{
      {0, 7, &all, link_health::well}, {1, 8, &all, link_health::well}, {2, 9, &all, link_health::well}};
  const link_choice before = choose_links(link_choice(64, no_slot), offers);
  const std::size_t lost = share_of(before, 1).size();
  offers.erase(offers.begin() + 1);
  const link_choice after = choose_links(before, offers);
  EXPECT_EQ(moves(before, after), lost);
  EXPECT_TRUE(share_of(after, 1).empty());
  EXPECT_LE(share_of(after, 0).size(), 33u);
}

TEST(link_choice, stays_with_a_silent_link_where_nobody_else_serves) {
  const auto all = partition_set::first(4);
  partition_set half;
  half.add(2);
  std::vector<link_offer> offers{{0, 7, &all, link_health::well}, {1, 8, &half, link_health::well}};
  link_choice chosen = choose_links(link_choice(4, 0), offers);
  EXPECT_EQ(chosen, link_choice(4, 0));
  offers[0].health = link_health::silent;
  chosen = choose_links(chosen, offers);
  EXPECT_EQ(chosen, (link_choice{0, 0, 1, 0}));
  offers[1].health = link_health::silent;
  EXPECT_EQ(choose_links(chosen, offers), chosen);
}

TEST(link_choice, prefers_a_router_with_a_feed_and_takes_one_without_where_there_is_no_other) {
  const auto all = partition_set::first(2);
  std::vector<link_offer> offers{{0, 7, &all, link_health::without_feed}, {1, 8, &all, link_health::silent}};
  EXPECT_EQ(choose_links(link_choice(2, no_slot), offers), link_choice(2, 0));
  EXPECT_EQ(choose_links(link_choice(2, 1), offers), link_choice(2, 0));
  offers[1].health = link_health::well;
  EXPECT_EQ(choose_links(link_choice(2, 0), offers), link_choice(2, 1));
}

TEST(link_choice, chooses_none_where_none_serves) {
  const auto some = partition_set::first(2);
  const std::vector<link_offer> offers{{3, 7, &some, link_health::well}};
  EXPECT_EQ(choose_links(link_choice(3, 5), offers), (link_choice{3, 3, no_slot}));
  EXPECT_EQ(choose_links(link_choice(3, 3), {}), link_choice(3, no_slot));
}

TEST(link_choice, is_even_after_spreading_and_moves_no_more_than_it_takes) {
  random_source random(1);
  for (int life = 0; life < 300; ++life) {
    std::vector<partition_set> serves(1 + random.below(5));
    std::vector<link_offer> offers;
    const auto partitions = static_cast<std::uint32_t>(1 + random.below(70));
    for (std::uint32_t link = 0; link < serves.size(); ++link) {
      for (std::uint32_t p = 0; p < partitions; ++p)
        if (random.below(3)) serves[link].add(p);
      offers.push_back({link, random.next(), &serves[link], static_cast<link_health>(random.below(3))});
    }
    link_choice old(partitions, no_slot);
    for (auto& each : old) each = static_cast<std::uint32_t>(random.below(serves.size()));
    const link_choice chosen = choose_links(old, offers);
    const link_choice even = spread_links(chosen, offers);
    EXPECT_EQ(choose_links(even, offers), even);
    EXPECT_EQ(spread_links(even, offers), even);
    for (std::uint32_t p = 0; p < partitions; ++p) {
      EXPECT_EQ(even[p] == no_slot, chosen[p] == no_slot);
      if (even[p] == no_slot) continue;
      EXPECT_TRUE(serves[even[p]].has(p));
      for (const link_offer& other : offers) {
        if (!other.serves->has(p) || other.health < offers[even[p]].health) continue;
        if (other.health == link_health::silent) continue;
        EXPECT_EQ(other.health, offers[even[p]].health);
        EXPECT_LE(share_of(even, even[p]).size(), share_of(even, other.link).size() + 1);
      }
    }
  }
}

}  // namespace
}  // namespace blotter::node
