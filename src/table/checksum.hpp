#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "table/position.hpp"

namespace blotter::table {

/// The part of a row's checksum that depends on its key alone, computed once for an old and a new version.
/// Two 32-bit lanes, so that JavaScript computes them with Math.imul; the rule is in docs/protocol.md.
struct key_hash {
  std::uint32_t first = 0x811C9DC5;
  std::uint32_t second = 0x9747B28C;

  explicit key_hash(std::string_view key) {
    for (const char c : key) {
      const auto byte = static_cast<unsigned char>(c);
      first = (first ^ byte) * 0x01000193u;
      second = (second ^ byte) * 0x85EBCA6Bu;
      second ^= second >> 15;
    }
  }
};

/// Sum over (key, version) of every live row of a table, in any order, kept up by adding and removing rows.
/// Equal tables have equal checksums; unequal ones differ but for one chance in 2^64. No defence against
/// forgery.
class checksum {
 public:
  void add(const key_hash& key, position version) {
    const lanes row = mixed(key, version);
    sum_.first += row.first;
    sum_.second += row.second;
  }
  void remove(const key_hash& key, position version) {
    const lanes row = mixed(key, version);
    sum_.first -= row.first;
    sum_.second -= row.second;
  }

  std::uint64_t value() const { return (std::uint64_t{sum_.first} << 32) | sum_.second; }
  friend bool operator==(const checksum& a, const checksum& b) { return a.value() == b.value(); }

 private:
  struct lanes {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
  };

  /// The finalizer of MurmurHash3 (Appleby 2011, public domain).
  static std::uint32_t mix(std::uint32_t h) {
    h ^= h >> 16;
    h *= 0x85EBCA6Bu;
    h ^= h >> 13;
    h *= 0xC2B2AE35u;
    return h ^ (h >> 16);
  }
  static lanes mixed(const key_hash& key, position version) {
    const auto offset = static_cast<std::uint64_t>(version.offset);
    const auto low = static_cast<std::uint32_t>(offset);
    const auto high = static_cast<std::uint32_t>(offset >> 32);
    return {mix(mix(key.first ^ (version.partition * 0x9E3779B1u)) ^ low) + high,
            mix(mix(key.second + (version.partition * 0xC2B2AE3Du)) + low) ^ high};
  }

  lanes sum_;
};

}  // namespace blotter::table
