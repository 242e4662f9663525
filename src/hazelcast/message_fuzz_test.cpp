// Drives the fuzz entry over what real members sent and mutations of it, where no fuzzer is at hand.
#define LLVMFuzzerTestOneInput fuzz_message
#define LLVMFuzzerInitialize fuzz_message_initialize
#include "hazelcast/message_fuzz.cpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"

namespace blotter::hazelcast {
namespace {

void run(const std::string& input) {
  fuzz_message(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

TEST(message_fuzz, survives_its_corpus_cut_anywhere) {
  for (const std::string& each : seeds())
    for (std::size_t size = 0; size <= each.size(); ++size) run(each.substr(0, size));
}

TEST(message_fuzz, survives_mutations_of_its_corpus) {
  const auto corpus = seeds();
  random_source chance(5);
  for (int i = 0; i < 30'000; ++i) {
    std::string input = corpus[chance.below(corpus.size())];
    for (auto changes = 1 + chance.below(6); changes > 0; --changes) {
      const auto at = chance.below(input.size());
      if (chance.below(4) == 0) input.insert(at, input.substr(chance.below(input.size()), chance.below(40)));
      if (chance.below(4) == 0) input.erase(at, chance.below(12));
      if (input.empty()) break;
      input[std::min(at, input.size() - 1)] = static_cast<char>(chance.next());
    }
    run(input);
  }
}

}  // namespace
}  // namespace blotter::hazelcast
