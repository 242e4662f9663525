#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "feed/reject_ledger.hpp"
#include "lines/descriptor.hpp"

namespace blotter::lines {

/// Refused records as lines of JSON at the end of a file:
/// `{"time":…,"partition":3,"offset":42,"reason":"not_json","key":"<base64>","value":"<base64>","value_size":17}`,
/// key and value null where the record has none, both cut at `part_size_max` before they are encoded. The
/// file grows by at most `burst_max`, then by at most `rate_max` a second, and never beyond `size_max`; what
/// does not fit is dropped and counted. For one source, on its thread; the counters may be read from any.
class dead_letter_file : public feed::dead_letter {
 public:
  struct options {
    std::string path;                      ///< made if it is not there, for its owner's eyes only
    std::uint64_t size_max = 64 << 20;     ///< bytes of the whole file
    std::uint64_t rate_max = 256 << 10;    ///< bytes a second
    std::uint64_t burst_max = 4 << 20;     ///< bytes at once
    std::size_t part_size_max = 64 << 10;  ///< bytes kept of a key, and of a value
  };

  /// Throws std::system_error when the file can not be opened.
  explicit dead_letter_file(options limits);

  void put(const feed::raw_record& record, feed::reject_reason reason, instant now) override;

  std::uint64_t written() const { return written_.load(std::memory_order_relaxed); }
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  std::size_t line_size_bound(const feed::raw_record& record) const;
  bool allow(std::size_t size, instant now);
  void write_line(const feed::raw_record& record, feed::reject_reason reason);

  options limits_;
  descriptor file_;
  std::uint64_t size_ = 0;
  double allowance_;  // bytes that may be written now
  instant refilled_;
  std::string line_;
  std::atomic<std::uint64_t> written_{0}, dropped_{0};
};

}  // namespace blotter::lines
