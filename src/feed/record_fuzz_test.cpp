// Drives the fuzz entry over a small corpus and mutations of it, where no fuzzer is at hand.
#define LLVMFuzzerTestOneInput fuzz_record
#define LLVMFuzzerInitialize fuzz_record_initialize
#include "feed/record_fuzz.cpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"

namespace blotter::feed {
namespace {

void run(const std::string& input) {
  fuzz_record(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

TEST(record_fuzz, survives_its_corpus_cut_anywhere) {
  for (const std::string& each : seeds()) {
    for (std::size_t size = 0; size <= each.size(); ++size) run(each.substr(0, size));
  }
}

TEST(record_fuzz, survives_mutations_of_its_corpus) {
  const auto corpus = seeds();
  random_source chance(3);
  for (int i = 0; i < 30'000; ++i) {
    std::string input = corpus[chance.below(corpus.size())];
    for (auto changes = 1 + chance.below(6); changes > 0 && !input.empty(); --changes) {
      const auto at = chance.below(input.size());
      if (chance.below(3) == 0) input.insert(at, input.substr(chance.below(input.size()), chance.below(40)));
      input[at] = static_cast<char>(chance.next());
    }
    run(input);
  }
}

}  // namespace
}  // namespace blotter::feed
