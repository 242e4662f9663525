// Drives the fuzz entry over its seeds and mutations of them, where no fuzzer is at hand.
#define LLVMFuzzerTestOneInput fuzz_link
#define LLVMFuzzerInitialize fuzz_link_initialize
#include "link/codec_fuzz.cpp"

#include <gtest/gtest.h>

#include <vector>

namespace blotter::link {
namespace {

std::vector<std::string> seeds() {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "blotter_link_seeds";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  std::string program = "codec_fuzz", flag = "-runs=1", where = folder.string();
  char* arguments[] = {program.data(), flag.data(), where.data()};
  int count = 3;
  char** all = arguments;
  fuzz_link_initialize(&count, &all);
  std::vector<std::string> read;
  for (const auto& each : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(each.path(), std::ios::binary);
    read.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  std::filesystem::remove_all(folder);
  return read;
}

void run(const std::string& input) {
  fuzz_link(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

TEST(codec_fuzz, survives_its_seeds_cut_anywhere) {
  const auto all = seeds();
  ASSERT_GT(all.size(), 40u);
  for (const std::string& each : all)
    for (std::size_t size = 0; size <= each.size(); size += each.size() > 1'000 ? 7 : 1)
      run(each.substr(0, size));
}

TEST(codec_fuzz, survives_mutations_of_its_seeds) {
  const auto all = seeds();
  random_source chance(3);
  for (int i = 0; i < 30'000; ++i) {
    std::string input = all[chance.below(all.size())];
    for (auto changes = 1 + chance.below(6); changes > 0; --changes) {
      const auto at = chance.below(input.size());
      if (chance.below(4) == 0) input.insert(at, input.substr(chance.below(input.size()), chance.below(40)));
      input[at] = static_cast<char>(chance.next());
    }
    run(input);
  }
}

}  // namespace
}  // namespace blotter::link
