#pragma once

#include <cstdint>
#include <vector>

#include "feed/event.hpp"
#include "feed/record.hpp"
#include "sim/context.hpp"
#include "sim/topic.hpp"
#include "table/position.hpp"

namespace blotter::sim {

/// Reads the simulated topic for one router, as a Kafka reader would, through the production record parser.
/// Part of the router's process: made with it, gone with it.
class source {
 public:
  /// Events go to `out`, in order.
  source(context& all, const topic& log, std::function<void(feed::event)> out);

  /// Reads on where there is something to read; every `poll_ms`.
  void poll();
  void lose() { reachable_ = false; }
  void restore() { reachable_ = true; }
  /// As `feed::partition_source` has it. All of them until it is called first.
  void assign(const table::partition_set& partitions, const table::partition_set& again);
  /// Likewise: what another reader has noticed, this one notices at once.
  void hear_of(table::generation other) { heard_of_ = other; }
  /// Reads nothing for a while and does not know it: below the second in which it would have to.
  void lag(instant until) { lags_until_ = until; }
  /// Gives some records of the past again.
  void redeliver(std::uint64_t records) { again_ = records; }
  bool lost() const { return !reachable_ || told_lost_; }

 private:
  struct place {
    table::record_offset next = 0;    ///< to be read
    table::record_offset target = 0;  ///< the log's end when the load began
    table::record_offset given = 0;   ///< one past the last one that the router was told of
    instant complete_at{};            ///< when all there was had been read, or the reading began
    bool caught_up = false;
    bool missed = false;  ///< a gap may hide a delete of a row that was given
  };

  bool follow_topic(instant now);
  void begin(const std::string& reason);
  void begin(table::partition_id partition);
  bool assigned(table::partition_id partition) const { return all_assigned_ || assigned_.has(partition); }
  bool begin_again_where_missed();
  bool may_have_missed_deletes(const place& at) const;
  void give(feed::event what);
  bool read(table::partition_id partition);
  void report_horizon(table::partition_id partition, table::record_offset offset);

  context& all_;
  const topic& log_;
  std::function<void(feed::event)> out_;
  feed::record_parser parser_;
  std::vector<place> places_;
  table::generation following_ = table::generation::none;
  table::generation heard_of_ = table::generation::none;
  bool reachable_ = true;
  bool told_lost_ = false;
  instant unreachable_since_{};
  bool waiting_ = false;
  milliseconds notice_{0};
  std::uint64_t again_ = 0;
  bool all_assigned_ = true;
  table::partition_set assigned_;
  instant lags_until_{};
};

}  // namespace blotter::sim
