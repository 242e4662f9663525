#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "feed/arrival.hpp"
#include "feed/event.hpp"
#include "feed/line_reader.hpp"
#include "feed/record.hpp"
#include "feed/reject_ledger.hpp"

namespace blotter::feed {

/// Bytes of a file or pipe to batches of row changes of partition 0, in bounded batches; offsets are those of
/// the lines' first bytes. Owned by a source, on its thread, which also puts every other event; the counters
/// may be read from any. Each call is false when the outlet's other side has gone.
class line_pump {
 public:
  line_pump(const record_mapping& mapping, reject_ledger& rejects, outlet& to);

  /// The next bytes. Puts the batches that they fill.
  [[nodiscard]] bool take(std::string_view bytes, arrival at);
  /// The stream has ended: a last line without line break counts as one.
  [[nodiscard]] bool end(arrival at);
  /// Puts what waits, if anything.
  [[nodiscard]] bool flush();
  /// Another stream begins, at offset 0. What was not flushed is dropped.
  void restart();

  /// Every line before this offset has been taken.
  table::record_offset offset() const { return static_cast<table::record_offset>(lines_.offset()); }
  std::uint64_t changes() const { return changes_.load(std::memory_order_relaxed); }
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] bool take_line(const line& each, arrival at);

  reject_ledger& rejects_;
  outlet& to_;
  record_parser parser_;
  line_reader lines_{line_size_max};
  change_batch batch_;
  std::atomic<std::uint64_t> changes_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace blotter::feed
