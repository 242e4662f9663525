#pragma once

#include <array>
#include <cstdint>

#include "feed/arrival.hpp"
#include "feed/event.hpp"
#include "feed/market.hpp"
#include "feed/record.hpp"
#include "feed/reject_ledger.hpp"
#include "lines/source_thread.hpp"

namespace blotter::lines {

/// The simulated market as a feed of eight partitions, at the pace of the clock: what `blotter up` shows
/// where there is no other. Its records take the way of all others, through the record parser. The generation
/// is random, as each start makes another market. A thread of its own from `start` to `stop`.
class simulated_source {
 public:
  static constexpr std::uint32_t partitions = 8;

  /// Throws std::invalid_argument when `market` is out of range. `rejects` and `to` outlive the source.
  simulated_source(feed::market_options market, feed::reject_ledger& rejects, feed::outlet& to);

  void start();
  void stop() { thread_.stop(); }

 private:
  void run();
  bool give_due(feed::arrival now);
  bool give(const feed::market_record& record, feed::arrival now);
  bool flush();
  bool caught_up();

  feed::market market_;
  feed::reject_ledger& rejects_;
  feed::outlet& to_;
  feed::record_parser parser_{feed::record_mapping{}};
  feed::change_batch batch_;
  std::array<table::record_offset, partitions> next_{};
  bool caught_up_ = false;
  source_thread thread_;
};

}  // namespace blotter::lines
