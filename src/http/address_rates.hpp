#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "http/address_seats.hpp"
#include "net/endpoint.hpp"

namespace blotter::http {

/// How fast each address may open connections: a bucket of tokens for each, at its `address_place`. A
/// second's worth may come at once. Of one core.
class address_rates {
 public:
  /// `per_second` 0: as fast as they like.
  address_rates(double per_second, std::uint64_t seed) : rate_(per_second), seed_(seed) {
    if (rate_ > 0) buckets_.resize(address_places);
  }

  /// Whether one more may come from there now.
  bool admit(const net::endpoint& from, instant now) {
    if (rate_ <= 0) return true;
    bucket& mine = buckets_[address_place(from, seed_)];
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

  const double rate_;
  const std::uint64_t seed_;
  std::vector<bucket> buckets_;
};

}  // namespace blotter::http
