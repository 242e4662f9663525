#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "feed/event.hpp"
#include "table/position.hpp"

namespace blotter::kafka {

/// A record as it lies in the log. Borrows its bytes.
struct record {
  std::optional<std::string_view> key;    ///< none: the record has no key
  std::optional<std::string_view> value;  ///< none: null, a delete
  table::position at;
  wall_time time;
};

/// Understands records: where a source hands what it reads. On the source's thread.
class record_reader {
 public:
  virtual ~record_reader() = default;
  /// Appends what the record changes to `batch`, with its text; or appends nothing and deals with the bad record
  /// itself (counts it, sends it to a dead-letter topic). Must not block.
  virtual void read(const record& what, feed::change_batch& batch) = 0;
};

}  // namespace blotter::kafka
