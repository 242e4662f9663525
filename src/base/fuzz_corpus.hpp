#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"

/// What a fuzzer begins with: for fuzzers alone, from libFuzzer's LLVMFuzzerInitialize.
namespace blotter::fuzz {

/// Writes `seeds` into the corpus, the first folder among the arguments, beside what earlier runs found
/// there; those of an earlier build are replaced. Nothing without a folder.
inline void plant(int count, const char* const* arguments, const std::vector<std::string>& seeds) {
  for (int i = 1; i < count; ++i) {
    const std::string_view folder = arguments[i];
    if (folder.starts_with('-') || !std::filesystem::is_directory(folder)) continue;
    std::size_t number = 0;
    for (const std::string& each : seeds) {
      std::ofstream to(std::filesystem::path(folder) / ("seed-" + std::to_string(number++)),
                       std::ios::binary);
      check(static_cast<bool>(to << each << std::flush));
    }
    return;
  }
}

}  // namespace blotter::fuzz
