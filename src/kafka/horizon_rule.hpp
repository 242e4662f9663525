#pragma once

#include <optional>

#include "base/time.hpp"
#include "table/position.hpp"

namespace blotter::kafka {

/// Now, on both clocks.
struct moment {
  instant steady;
  wall_time wall;
};

/// How long a topic keeps tombstones at least (delete.retention.ms); none when the cluster does not tell.
using tombstone_retention = std::optional<milliseconds>;

/// Allowance for clocks that differ and for a record's way from the broker to here.
inline constexpr milliseconds horizon_margin{60'000};

/// Taken for the retention where the cluster does not tell: Kafka's own default of delete.retention.ms.
inline constexpr milliseconds retention_assumed{24 * 3'600'000};
/// A shorter retention is taken for this: below it no reader of a log can be sure of deletes, and reading it
/// anew would never end.
inline constexpr milliseconds retention_min{60'000};
/// An end of a log may be told so much later than it was true: two of these are kept to spare.
inline constexpr milliseconds end_age_max{10'000};

/// Finds the horizon of one partition while its log is read from the start: deletes before it may be unknown,
/// because offsets were missing there and a missing record can have been a tombstone that compaction removed
/// after its time.
///
/// A gap counts unless the tombstone it might hide would have to be younger than the retention, which is
/// proven when
///  - the record before the gap was stamped by the broker (LogAppendTime) less than the retention ago: what
///  was in the
///    gap was appended later; or
///  - the end of the log was seen before the gap, less than the retention ago by our own clock.
/// Both with `horizon_margin` to spare, so a retention below it proves nothing. A log without gaps has
/// horizon 0. Pure; a value of its reader's thread.
class horizon_rule {
 public:
  /// A record at `offset`, beyond all before. `stamped` is the time the broker gave it, none when its
  /// producer did. True when the horizon has grown.
  bool record(table::record_offset offset, std::optional<wall_time> stamped, const moment& now,
              tombstone_retention retention) {
    const bool grew = offset != next_ && gap_before(offset, now, retention);
    next_ = offset + 1;
    if (stamped) last_stamped_ = stamped;
    return grew;
  }

  /// The log ends at `offset` now: nothing lies between the last record and it. True when the horizon has
  /// grown.
  bool end(table::record_offset offset, const moment& now, tombstone_retention retention);

  /// Deletes before it may be unknown.
  table::record_offset horizon() const { return horizon_; }

 private:
  bool gap_before(table::record_offset offset, const moment& now, tombstone_retention retention);

  table::record_offset next_ = 0;
  table::record_offset horizon_ = 0;
  std::optional<wall_time> last_stamped_;
  std::optional<instant> end_seen_;  ///< when the log was last known to end at or before `next_`
};

}  // namespace blotter::kafka
