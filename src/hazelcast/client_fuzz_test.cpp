// Drives the fuzz entry over random lives, where no fuzzer is at hand.
#define LLVMFuzzerTestOneInput fuzz_client
#include "hazelcast/client_fuzz.cpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace blotter::hazelcast {
namespace {

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
