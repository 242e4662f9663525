#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "feed/text_arena.hpp"
#include "table/position.hpp"
#include "table/row_change.hpp"

namespace blotter::feed {

inline constexpr std::size_t batch_changes_max = 1024;
inline constexpr std::size_t batch_text_max = 256 * 1024;

/// Row changes with the text they borrow: made by a source, moved to the router, read there once. Bounded by
/// its source: at most `batch_changes_max` changes and, beyond one, `batch_text_max` bytes of text.
struct change_batch {
  text_arena text;  ///< of the changes; growing never moves what they already point at
  std::vector<table::row_change> changes;

  /// Time to put it: one more record could break its bounds by more than that record.
  bool full() const { return changes.size() >= batch_changes_max || text.size() >= batch_text_max; }
};

/// From here on positions belong to `id`; everything of an older one is void. First event of every source but
/// for `load_progress` and `feed_lost`, and again whenever the topic was made anew, truncated or
/// repartitioned. All partitions start over from their beginning, once the source says so one by one (see
/// `partition_began`) if it gives but some of them.
struct generation_began {
  table::generation id;
  std::uint32_t partitions;  ///< 1 or more
  std::string reason;        ///< for people: "topic was created again", ...; empty the first time
};

/// `partition` is read from its start from here on; what was given of it before is void. For sources of which
/// some partitions are asked at a time: after `generation_began` for each of those, and when one is asked for
/// later. Others begin all partitions with the generation.
struct partition_began {
  table::partition_id partition;
};

/// Every record of `partition` before `next` has been given: first when the end that the log had when the
/// load began is reached, then whenever the end is seen to lie beyond the last change given (records that are
/// refused, markers of transactions). Replicas compare by it how far they are.
struct partition_caught_up {
  table::partition_id partition;
  table::record_offset next;
};

/// Deletes in `partition` before `offset` may be unknown to the source (compaction took their tombstones): a
/// bookmark from before it cannot be resumed. Given before `partition_caught_up` for what the load showed,
/// and again when the source was away for so long that more may be missing; only ever grows within a
/// generation.
struct horizon_known {
  table::partition_id partition;
  table::record_offset offset;
};

/// The source can not vouch any more that it is at the end of the log (broker lost, file gone). Within 1 s of
/// the loss. `reason` is for people.
struct feed_lost {
  std::string reason;
};

/// The source is at the end of the log again: everything missed meanwhile has been given before.
struct feed_restored {};

/// How far a load is, for progress lines and `readyz`; as often as the source likes, about once a second.
struct load_progress {
  std::uint32_t partitions_caught_up = 0;
  std::uint32_t partitions = 0;
  std::uint64_t records = 0;        ///< read so far
  std::uint64_t records_total = 0;  ///< an upper bound: offsets are not dense. 0: unknown
  std::string waiting_for;  ///< what the source waits for ("broker 127.0.0.1:9092 does not answer"), or empty
};

using event = std::variant<change_batch, generation_began, partition_began, partition_caught_up,
                           horizon_known, feed_lost, feed_restored, load_progress>;

/// Where a source puts its events, in order. Bounded: `put` blocks the source's own thread until there is
/// room, so a slow router slows its source and nothing queues up.
class outlet {
 public:
  virtual ~outlet() = default;
  /// False when the other side has gone: the source should end.
  [[nodiscard]] virtual bool put(event what) = 0;
};

}  // namespace blotter::feed
