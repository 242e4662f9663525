#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "feed/arrival.hpp"
#include "feed/event.hpp"
#include "feed/market.hpp"
#include "feed/record.hpp"
#include "feed/reject_ledger.hpp"

namespace blotter::lines {

/// The simulated market as a feed of eight partitions, at the pace of the clock: what `blotter up` shows
/// where there is no other. Its records take the way of all others, through the record parser. The generation
/// is random, as each start makes another market. Without a thread: whoever has one calls it in turns.
class simulated_source {
 public:
  static constexpr std::uint32_t partitions = 8;
  /// The market's pace: what falls due meanwhile is given together, as a broker gives what a fetch found.
  static constexpr milliseconds pace{2};
  /// Given in one turn at most.
  static constexpr unsigned turn_records_max = 1024;

  /// Throws std::invalid_argument when `market` is out of range. `rejects` and `to` outlive the source.
  simulated_source(feed::market_options market, feed::reject_ledger& rejects, feed::outlet& to);

  enum class turned { rests, more, ended };
  /// Gives what is due at `now`: call it each `pace`, and soon again where there is `more`; `ended` when the
  /// outlet is closed.
  turned turn(feed::arrival now);

 private:
  bool give(const feed::market_record& record, feed::arrival now);
  bool flush();
  bool caught_up();

  feed::market market_;
  feed::reject_ledger& rejects_;
  feed::outlet& to_;
  feed::record_parser parser_{feed::record_mapping{}};
  feed::change_batch batch_;
  std::array<table::record_offset, partitions> next_{};
  std::optional<feed::arrival> began_;
  bool caught_up_ = false;
};

}  // namespace blotter::lines
