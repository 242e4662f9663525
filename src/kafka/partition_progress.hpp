#pragma once

#include <algorithm>
#include <optional>

#include "base/time.hpp"
#include "kafka/horizon_rule.hpp"
#include "table/position.hpp"

namespace blotter::kafka {

/// How far one partition has been read, and whether that is as far as it should be. Pure; a value of its
/// reader's thread. Offsets are not dense: only the log's end, reported by the broker, proves that nothing is
/// left.
class partition_progress {
 public:
  /// To be read from `begin`; caught up from `end`, the end of the log when the load began, on.
  partition_progress(table::record_offset begin, table::record_offset end)
      : begin_(begin), next_(begin), first_end_(end) {}

  /// The first offset that was not read yet.
  table::record_offset next() const { return next_; }
  bool reached_first_end() const { return next_ >= first_end_; }
  const horizon_rule& horizon() const { return horizon_; }

  /// A record was read. False, and nothing happened, when it lies before one already read: another log.
  bool record(table::record_offset offset, std::optional<wall_time> stamped, const moment& now,
              tombstone_retention retention) {
    if (offset < next_) return false;
    note_gap(offset, now, retention);
    horizon_.record(offset, stamped, now, retention);
    next_ = offset + 1;
    return true;
  }

  /// The log was seen to end at `offset`.
  void end(table::record_offset offset, const moment& now, tombstone_retention retention) {
    if (offset < next_) return;
    note_gap(offset, now, retention);
    horizon_.end(offset, now, retention);
    next_ = offset;
  }

  /// Everything that the log held at the time `when` has been read, or nothing yet: it began then.
  void whole(instant when) { whole_ = std::max(whole_, when); }
  /// A gap was read so late that it may hide the delete of a row that was given before: only a tombstone that
  /// is older than the retention is taken away, and this reader was behind for that long. What was given must
  /// be given anew, from the log's start.
  bool may_have_missed_deletes() const { return missed_; }

  /// The log ended at `end` at the time `asked`. Told again and again.
  void aim(table::record_offset end, instant asked) {
    latest_end_ = end;
    if (next_ < target_) return;  // still on the way to an older end: that one's time counts
    target_ = end;
    target_asked_ = asked;
  }
  /// Everything before the end last told was read.
  bool at_end() const { return next_ >= latest_end_; }
  /// For how long the reading has been behind an end it was told.
  instant::duration behind(instant now) const {
    return next_ >= target_ ? instant::duration::zero() : now - target_asked_;
  }

  /// True when nothing was read for `limit` although there was something. Asked regularly, it looks at what
  /// moved since it was asked last.
  bool stalled(instant now, milliseconds limit) {
    if (next_ != seen_next_ || next_ >= target_) {
      seen_next_ = next_;
      moved_ = now;
    }
    return now - moved_ > limit;
  }
  /// A stall was dealt with: wait as long again before the next.
  void forgive(instant now) { moved_ = now; }

  // What the source has told about it.
  bool caught_up_told = false;
  table::record_offset horizon_told = 0;

 private:
  void note_gap(table::record_offset offset, const moment& now, tombstone_retention retention) {
    if (offset == next_ || next_ == begin_) return;  // nothing was given before
    const milliseconds safe =
        std::max(retention.value_or(retention_assumed), retention_min) - 2 * end_age_max;
    missed_ = missed_ || now.steady - whole_ >= safe;
  }

  table::record_offset begin_;
  table::record_offset next_;
  table::record_offset first_end_;
  table::record_offset latest_end_ = 0;
  table::record_offset target_ = 0;
  instant target_asked_{};
  table::record_offset seen_next_ = -1;
  instant moved_{};
  instant whole_{};
  bool missed_ = false;
  horizon_rule horizon_;
};

}  // namespace blotter::kafka
