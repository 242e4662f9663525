#pragma once

#include <cstdint>
#include <vector>

#include "feed/event.hpp"
#include "feed/record.hpp"
#include "sim/context.hpp"
#include "sim/topic.hpp"

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
  /// Gives some records of the past again.
  void redeliver(std::uint64_t records) { again_ = records; }
  bool lost() const { return !reachable_ || told_lost_; }

 private:
  struct place {
    table::record_offset next = 0;    ///< to be read
    table::record_offset target = 0;  ///< the log's end when the load began
    std::size_t index = 0;            ///< of the record that was read last, about: compaction moves it
    bool caught_up = false;
  };

  bool follow_topic(instant now);
  void begin(const std::string& reason);
  bool may_have_missed_deletes() const;
  void give(feed::event what);
  bool read(table::partition_id partition);
  void report_horizon(table::partition_id partition, table::record_offset offset);

  context& all_;
  const topic& log_;
  std::function<void(feed::event)> out_;
  feed::record_parser parser_;
  std::vector<place> places_;
  table::generation following_ = table::generation::none;
  bool reachable_ = true;
  bool told_lost_ = false;
  instant unreachable_since_{};
  bool waiting_ = false;
  milliseconds notice_{0};
  std::uint64_t again_ = 0;
  instant complete_at_{};  ///< when it last had read all there was, or began to read
  bool missed_ = false;    ///< a gap may hide a delete of a row that it has given
};

}  // namespace blotter::sim
