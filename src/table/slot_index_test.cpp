#include "table/slot_index.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/random.hpp"

namespace blotter::table {
namespace {

TEST(slot_index, finds_what_a_map_finds_whatever_comes_and_goes) {
  random_source random(1);
  slot_index index;
  std::map<std::uint32_t, std::uint32_t> hash_of_slot;
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    // Few hashes, some of them at the very end, so that chains are long, equal and wrap around.
    const auto hash =
        static_cast<std::uint32_t>(random.below(3) ? random.next() : 0xFFFFFFF0u + random.below(16));
    if (random.below(5) < 3 || hash_of_slot.empty()) {
      index.insert(hash, i);
      hash_of_slot[i] = hash;
    } else {
      auto victim = hash_of_slot.lower_bound(static_cast<std::uint32_t>(random.below(i)));
      if (victim == hash_of_slot.end()) victim = hash_of_slot.begin();
      index.erase(victim->second, victim->first);
      EXPECT_EQ(index.find(victim->second, [&](std::uint32_t slot) { return slot == victim->first; }),
                no_slot);
      hash_of_slot.erase(victim);
    }
  }
  EXPECT_EQ(index.size(), hash_of_slot.size());
  for (const auto& [slot, hash] : hash_of_slot)
    EXPECT_EQ(index.find(hash, [&, wanted = slot](std::uint32_t s) { return s == wanted; }), slot);
}

TEST(slot_index, tells_equal_hashes_apart_by_asking) {
  slot_index index;
  index.insert(42, 1);
  index.insert(42, 2);
  EXPECT_EQ(index.find(42, [](std::uint32_t slot) { return slot == 2; }), 2u);
  EXPECT_EQ(index.find(42, [](std::uint32_t) { return false; }), no_slot);
}

}  // namespace
}  // namespace blotter::table
