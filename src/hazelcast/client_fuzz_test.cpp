// Drives the fuzz entry over random lives, where no fuzzer is at hand.
#define LLVMFuzzerTestOneInput fuzz_client
#define LLVMFuzzerInitialize fuzz_client_initialize
#include "hazelcast/client_fuzz.cpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace blotter::hazelcast {
namespace {

TEST(client_fuzz, begins_with_lives_that_get_somewhere) {
  world one;
  one.live(choices(seeds().back()));
  EXPECT_TRUE(one.was_ready);
  EXPECT_EQ(one.entries_changed, 3u);
}

TEST(client_fuzz, survives_mutations_of_its_seeds) {
  const auto corpus = seeds();
  random_source chance(7);
  for (int i = 0; i < 3'000; ++i) {
    std::string input = corpus[chance.below(corpus.size())];
    for (auto changes = 1 + chance.below(6); changes > 0; --changes)
      input[chance.below(input.size())] = static_cast<char>(chance.next());
    fuzz_client(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  }
}

TEST(client_fuzz, survives_random_lives) {
  random_source chance(11);
  for (int i = 0; i < 3'000; ++i) {
    std::string input(chance.below(400), '\0');
    for (char& each : input) each = static_cast<char>(chance.next());
    fuzz_client(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  }
}

}  // namespace
}  // namespace blotter::hazelcast
