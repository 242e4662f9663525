// Drives the fuzz entry over a small corpus and mutations of it, where no fuzzer is at hand.
#define LLVMFuzzerTestOneInput fuzz_record
#include "feed/record_fuzz.cpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"

namespace blotter::feed {
namespace {

const std::string corpus[] = {
    "\x07"
    R"(c1_AAPL{"clientId":"c1","ticker":"AAPL","quantity":100,"price":187.25})",
    "\x07"
    R"(c1_AAPL{"clientId":"\u0063\u0031","tick\u0065r":"AAPL","nested":[{"a":[[]]},"\ud83d\ude00"]})",
    "\x03"
    R"(c_A{"key":"c1_AAPL","value":{"clientId":"c1"}})",
    R"( {"key":"c1_AAPL","value":null})"
    "\n"
    R"({"clientId":17,"ticker":"A"})"
    "\r\n",
    "",
    "\xFF",
    std::string("\x02_\x00{}", 5)};

void run(const std::string& input) {
  fuzz_record(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

TEST(record_fuzz, survives_its_corpus_cut_anywhere) {
  for (const std::string& each : corpus) {
    for (std::size_t size = 0; size <= each.size(); ++size) run(each.substr(0, size));
  }
}

TEST(record_fuzz, survives_mutations_of_its_corpus) {
  random_source chance(3);
  for (int i = 0; i < 30'000; ++i) {
    std::string input = corpus[chance.below(std::size(corpus))];
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
