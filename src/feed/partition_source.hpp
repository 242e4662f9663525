#pragma once

#include "table/position.hpp"

namespace blotter::feed {

/// A source of which some partitions are asked at a time. Any thread may call; nothing here waits.
class partition_source {
 public:
  virtual ~partition_source() = default;

  /// Gives these partitions alone from here on; what the feed has not is ignored. `again` among them begin
  /// anew although they are given already. All partitions until this is called first.
  ///
  /// Every call counts, also one overtaken by the next before the source looked: a partition begins (see
  /// `partition_began`) when it is in `again`, or was not in each call since it began last. One that stays is
  /// not read again. Events of a partition that is not asked for any more may still be under way.
  virtual void assign(const table::partition_set& partitions, const table::partition_set& again) = 0;

  /// Another reader of the feed is at this generation. What that one has noticed of the log and this one has
  /// not (that it was cut), and the cluster does not remember, is in the generation: this one follows, and
  /// begins it. A generation of another feed, or of an earlier time, changes nothing.
  virtual void hear_of(table::generation other) = 0;
};

}  // namespace blotter::feed
