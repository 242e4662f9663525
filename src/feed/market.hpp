#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"

namespace blotter::feed {

struct market_options {
  std::uint64_t seed = 1;       ///< equal seeds and times give equal records
  std::uint32_t clients = 100;  ///< accounts, 1 to 10,000,000: client-0001 and so on
  std::uint32_t rows = 20;      ///< positions an account holds at any time, 1 to 100,000
  double rate = 200;            ///< records a second after the snapshot, 0 (none) to 10,000,000
};

/// A record of the market, as its key and value would be in Kafka. Valid until the market's next use.
struct market_record {
  std::string_view key;
  std::optional<std::string_view> value;  ///< none: the position was closed, a delete
  wall_time time;
};

/// A simulated market: accounts hold positions, prices walk at random, one price for all holders of an
/// instrument, and each tick tells it to one holder. Now and then a holder trades, or closes a position and
/// opens another. First it gives every position once (the snapshot), then ticks. A pure generator: what it
/// gives depends on its options, the time of its first step and how many records were taken, not on how the
/// steps were spread. 16 bytes a position; nothing is allocated per record.
class market {
 public:
  /// Throws std::invalid_argument when an option is out of range.
  explicit market(market_options options);

  /// The next record due at `now`, or nothing: the snapshot at once, then ticks at the rate. A market that
  /// was not asked for more than a second forgets what it owes beyond that, rather than flooding.
  std::optional<market_record> next(wall_time now);

  bool snapshot_given() const { return snapshot_given_ == holdings_.size(); }
  std::uint64_t snapshot_size() const { return holdings_.size(); }
  /// When the next record is due, given that all due at `now` were taken; far away when the rate is 0.
  wall_time due() const;

 private:
  struct instrument {
    std::string ticker;
    std::int64_t price;  // in units of 10^-decimals
    int decimals;
  };
  struct holding {
    std::uint32_t instrument;
    std::int32_t quantity;
    std::int64_t changed_ms;
  };

  market_record put(std::size_t at, wall_time time);
  market_record tick(wall_time time);
  void write_key(std::size_t at);
  void open(std::size_t at, wall_time time);
  void move_price(instrument& which);

  market_options options_;
  random_source chance_;
  int client_digits_;
  std::vector<instrument> instruments_;
  std::vector<holding> holdings_;  // account by account
  std::size_t snapshot_given_ = 0;
  std::optional<wall_time> start_;      // of the ticks
  std::uint64_t ticks_ = 0;             // since `start_`
  std::optional<std::size_t> to_open_;  // a position just closed, whose successor comes next
  std::string key_, value_;
};

}  // namespace blotter::feed
