#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/random.hpp"
#include "net/network.hpp"

namespace blotter::http {

/// Addresses are counted in tables of so many places. Those that fall on one share it: which do is by a seed,
/// so that nobody can choose a neighbour.
inline constexpr std::size_t address_places = 8192;

/// The place of an address or, in IPv6, of its /64 network, which one asker has whole.
inline std::size_t address_place(const net::endpoint& from, std::uint64_t seed) {
  constexpr net::address_bytes v4_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const net::address_bytes bytes = net::address_of(from);
  const bool v4 = std::memcmp(bytes.data(), v4_prefix.data(), 12) == 0;
  std::uint64_t address = 0;
  std::memcpy(&address, bytes.data() + (v4 ? 8 : 0), sizeof address);
  return random_source(address ^ seed).below(address_places);
}

/// How many connections each address has, over all cores. Any thread.
class address_seats {
 public:
  /// A place that a connection has taken; `none` where nothing is counted.
  enum class place : std::uint16_t { none = 0 };
  static_assert(address_places < UINT16_MAX);

  /// `most` 0: as many as they like.
  address_seats(std::size_t most, std::uint64_t seed) : most_(most), seed_(seed) {
    if (most_ > 0) taken_ = std::vector<std::atomic<std::uint32_t>>(address_places);
  }

  /// For one connection more; nothing when its address has as many as it may.
  std::optional<place> take(const net::endpoint& from) {
    if (most_ == 0) return place::none;
    const std::size_t at = address_place(from, seed_);
    if (taken_[at].fetch_add(1, std::memory_order_relaxed) < most_) return static_cast<place>(at + 1);
    taken_[at].fetch_sub(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  void give_back(place which) {
    if (which == place::none) return;
    const auto before = taken_[static_cast<std::size_t>(which) - 1].fetch_sub(1, std::memory_order_relaxed);
    check(before > 0);
  }

 private:
  const std::size_t most_;
  const std::uint64_t seed_;
  std::vector<std::atomic<std::uint32_t>> taken_;
};

/// A connection's place among those of its address; given back when it goes.
class address_seat {
 public:
  address_seat() = default;
  address_seat(address_seats& of, address_seats::place which) : of_(&of), place_(which) {}
  address_seat(address_seat&& other) noexcept : of_(other.of_), place_(other.pass_on()) {}
  address_seat& operator=(address_seat&& other) noexcept {
    std::swap(of_, other.of_);
    std::swap(place_, other.place_);
    return *this;
  }
  ~address_seat() {
    if (of_) of_->give_back(place_);
  }
  /// Whoever gets it gives it back.
  [[nodiscard]] address_seats::place pass_on() { return std::exchange(place_, address_seats::place::none); }

 private:
  address_seats* of_ = nullptr;
  address_seats::place place_ = address_seats::place::none;
};

}  // namespace blotter::http
