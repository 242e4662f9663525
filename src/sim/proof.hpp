#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "table/position.hpp"

namespace blotter::sim {

/// Count and checksum of a viewer's rows, written a second time from docs/protocol.md alone, so that a defect
/// of the product's own is not shared by who checks it.
class proof {
 public:
  void add(std::string_view key, table::position version) {
    std::uint32_t h1 = 0x811C9DC5u;
    std::uint32_t h2 = 0x9747B28Cu;
    for (const char each : key) {
      const auto b = static_cast<unsigned char>(each);
      h1 = (h1 ^ b) * 0x01000193u;
      h2 = (h2 ^ b) * 0x85EBCA6Bu;
      h2 = h2 ^ (h2 >> 15);
    }
    const auto lo = static_cast<std::uint32_t>(version.offset & 0xFFFFFFFF);
    const auto hi = static_cast<std::uint32_t>(version.offset >> 32);
    const std::uint32_t p = version.partition;
    first_ += mix(mix(h1 ^ (p * 0x9E3779B1u)) ^ lo) + hi;
    second_ += mix(mix(h2 + (p * 0xC2B2AE3Du)) + lo) ^ hi;
    ++count_;
  }
  std::int64_t count() const { return count_; }
  std::string checksum() const { return hex(first_) + hex(second_); }

 private:
  static std::uint32_t mix(std::uint32_t h) {
    h ^= h >> 16;
    h *= 0x85EBCA6Bu;
    h ^= h >> 13;
    h *= 0xC2B2AE35u;
    h ^= h >> 16;
    return h;
  }
  static std::string hex(std::uint32_t number) {
    std::string text;
    for (int shift = 28; shift >= 0; shift -= 4) text.push_back("0123456789abcdef"[(number >> shift) & 15]);
    return text;
  }

  std::uint32_t first_ = 0;
  std::uint32_t second_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace blotter::sim
