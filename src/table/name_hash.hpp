#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace blotter::table {

/// Hashes of clients and keys, with a seed of the process's own: nobody outside can choose names that
/// collide.
class name_hash {
 public:
  explicit name_hash(std::uint64_t seed) : seed_(seed) {}

  std::uint32_t client(std::string_view client) const {
    return static_cast<std::uint32_t>(hash(client, seed_) >> 32);
  }
  /// Of a key among those of the client with this hash.
  std::uint32_t row(std::uint32_t client, std::string_view key) const {
    return static_cast<std::uint32_t>(hash(key, seed_ + client * 0xA24BAED4963EE407u) >> 32);
  }

 private:
  /// Multiplies to 128 bits and folds: mixes two words well in two instructions.
  static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using wide = unsigned __int128;
    const wide product = static_cast<wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  static std::uint64_t word(const char* from, std::size_t size) {
    std::uint64_t value = 0;
    std::memcpy(&value, from, size);
    return value;
  }
  static std::uint64_t hash(std::string_view text, std::uint64_t seed) {
    std::uint64_t state = seed ^ text.size();
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left > 8; left -= 8, at += 8) state = fold(state ^ word(at, 8), 0x9E3779B97F4A7C15u);
    return fold(state ^ word(at, left), 0xD6E8FEB86659FD93u);
  }

  std::uint64_t seed_;
};

}  // namespace blotter::table
