#pragma once

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "net/endpoint.hpp"

namespace blotter::http {

/// How fast each address may open connections: a bucket of tokens for each, by its address or, in IPv6, its
/// /64 network, which one asker has whole. A second's worth may come at once. A table of a fixed size, in
/// which addresses that fall on one place share it: which do is by the seed, so that nobody can choose a
/// neighbour. Of one core.
class address_rates {
 public:
  static constexpr std::size_t places = 8192;

  /// `per_second` 0: as fast as they like.
  address_rates(double per_second, std::uint64_t seed) : rate_(per_second), seed_(seed) {
    if (rate_ > 0) buckets_.resize(places);
  }

  /// Whether one more may come from there now.
  bool admit(const net::endpoint& from, instant now) {
    if (rate_ <= 0) return true;
    bucket& mine = buckets_[place_of(from)];
    const double most = std::max(rate_, 1.0);
    const std::chrono::duration<double> passed = now - mine.filled;
    mine.tokens = mine.filled == instant{} ? most : std::min(most, mine.tokens + passed.count() * rate_);
    mine.filled = now;
    if (mine.tokens < 1) return false;
    mine.tokens -= 1;
    return true;
  }

 private:
  struct bucket {
    double tokens = 0;
    instant filled{};
  };

  std::size_t place_of(const net::endpoint& from) const {
    std::uint64_t address = 0;
    if (from.family() == AF_INET6)
      std::memcpy(&address, &reinterpret_cast<const sockaddr_in6*>(from.data())->sin6_addr, sizeof address);
    else
      address = reinterpret_cast<const sockaddr_in*>(from.data())->sin_addr.s_addr;
    return random_source(address ^ seed_).below(places);
  }

  const double rate_;
  const std::uint64_t seed_;
  std::vector<bucket> buckets_;
};

}  // namespace blotter::http
