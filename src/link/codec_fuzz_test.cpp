// Drives the fuzz entry over its seeds and mutations of them, where no fuzzer is at hand.
#define LLVMFuzzerTestOneInput fuzz_link
#define LLVMFuzzerInitialize fuzz_link_initialize
#include "link/codec_fuzz.cpp"

#include <gtest/gtest.h>

namespace blotter::link {
namespace {

void run(const std::string& input) {
  fuzz_link(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

TEST(codec_fuzz, begins_with_its_seeds_beside_what_it_found_before) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "blotter_link_seeds";
  fs::remove_all(folder);
  fs::create_directory(folder);
  std::ofstream(folder / "found-before") << "x";
  std::string program = "codec_fuzz", flag = "-runs=1", where = folder.string();
  char* arguments[] = {program.data(), flag.data(), where.data()};
  int count = 3;
  char** all = arguments;
  fuzz_link_initialize(&count, &all);
  std::size_t files = 0;
  for (const auto& each : fs::directory_iterator(folder)) files += each.file_size() > 0;
  EXPECT_EQ(files, seeds().size() + 1);
  std::ifstream first(folder / "seed-0", std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(first), {}), seeds()[0]);
  fs::remove_all(folder);
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
