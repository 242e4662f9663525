#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/random.hpp"
#include "feed/event.hpp"
#include "feed/record.hpp"
#include "feed/reject_ledger.hpp"
#include "kafka/kafka_options.hpp"
#include "kafka/log_reader.hpp"
#include "kafka/partition_progress.hpp"
#include "kafka/topic_watch.hpp"

namespace blotter::kafka {

/// Counts of a source since it was made. Written by its thread, read by any.
struct source_counters {
  std::atomic<std::uint64_t> records{0};      ///< read, good or bad
  std::atomic<std::uint64_t> bytes{0};        ///< of their keys and values
  std::atomic<std::uint64_t> generations{0};  ///< begun
  std::atomic<std::uint64_t> losses{0};       ///< times that the end of the log could not be vouched for
  std::atomic<std::uint64_t> reopenings{0};   ///< of the reading handle, after an error or a stall
};

/// The feed from a Kafka topic: every partition from its log's start, for ever, to an outlet. It waits for
/// brokers and topic as long as it takes and says so; nothing that happens outside makes it end. A topic that
/// was deleted and made again, cut, or given more partitions begins a new generation, which is read from the
/// start.
///
/// The generation is a hash of cluster id, topic id and number of partitions; see `topic_watch` for clusters
/// that tell no topic id, and `truncation_mark` for logs that were cut: a process that starts after a cut
/// does not know of it.
///
/// `feed_lost` means that the log's end is not vouched for: brokers gone or silent, a partition refused, or
/// read more than 1.5 s behind its end, which a slow outlet causes as well. `feed_restored` comes when every
/// partition was read up to an end asked for after the last sign of loss.
///
/// `horizon_known` may come again after `partition_caught_up`, with a greater offset: when the log was out of
/// reach for so long that compaction may have taken tombstones meanwhile.
///
/// A reader that was behind for longer than the topic keeps tombstones (delete.retention.ms; a stopped
/// process, a router that took nothing) and then finds offsets missing may never be told of a delete: the
/// generation begins again, and everything is read anew. A topic that keeps them for less than a minute is
/// read as if it were a minute.
///
/// Runs on a thread of its own, which is the only one to call the outlet and the ledger.
class kafka_source : client_listener {
 public:
  /// Throws std::runtime_error in plain words for options that can never work, std::invalid_argument for a
  /// mapping. Bad records go to `rejects`. Both references outlive the source.
  kafka_source(kafka_options options, feed::record_mapping mapping, feed::reject_ledger& rejects,
               feed::outlet& out);
  ~kafka_source() override { stop(); }
  kafka_source(const kafka_source&) = delete;
  kafka_source& operator=(const kafka_source&) = delete;

  void start();
  /// Ends within a second, brokers or not, provided that the outlet does not block: close its other side
  /// first.
  void stop();

  const source_counters& counters() const { return counters_; }

 private:
  enum class doubt { none, log_cut, topic_missing, deletes_missed };

  void run();
  void turn();
  void drain();
  void accept(const rd_kafka_message_t& message, const moment& now);
  void accept_record(const rd_kafka_message_t& message, const moment& now);
  void accept_error(const rd_kafka_message_t& message);
  void note_progress(table::partition_id partition);
  void flush();

  void consider_view(instant now);
  void compare(const topic_view& view, instant now);
  bool log_shrank(const topic_view& view) const;
  void begin(const topic_view& view, std::string reason);
  void open(instant now);
  void close_and_doubt(doubt what, instant now);
  void reopen_later(instant now);

  void check_freshness(instant now);
  void lose(std::string reason, instant now);
  void restore_if_current();
  void report_progress(instant now);
  void put(feed::event what);

  void on_error(rd_kafka_resp_err_t code, std::string_view text) override;
  void on_log(int level, std::string_view line) override { options_.log(level, line); }

  const kafka_options options_;
  const std::vector<property> properties_;
  feed::record_parser parser_;
  feed::reject_ledger& rejects_;
  feed::outlet& out_;
  source_counters counters_;
  std::atomic<bool> stopping_ = false;
  const wake_signal wake_;
  topic_watch watch_;
  random_source jitter_;

  // Of the source's thread.
  bool ended_ = false;                            ///< the outlet's other side has gone
  std::shared_ptr<const topic_view> view_;        ///< the last one looked at
  std::shared_ptr<const topic_view> known_view_;  ///< the last good one
  std::optional<topic_identity> topic_;           ///< of the present generation
  std::uint64_t truncation_ = 0;
  table::generation generation_ = table::generation::none;
  tombstone_retention retention_;
  std::vector<partition_progress> partitions_;
  std::vector<table::record_offset> nexts_before_;  ///< how far partitions were read at `nexts_before_at_`
  instant nexts_before_at_{};
  int shrinks_ = 0;            ///< views in a row in which the log was shorter than what was read
  instant turned_{};           ///< when the last turn began
  instant queue_empty_at_{};   ///< nothing in the queue is older
  instant ends_count_from_{};  ///< ends that are told before it are of another time
  std::uint32_t caught_up_ = 0;
  std::unique_ptr<log_reader> log_;
  instant open_at_{};  ///< when to try again
  doubt doubt_ = doubt::none;
  instant doubted_{};
  bool all_brokers_down_ = false;
  bool lost_ = false;
  instant lost_at_{};  ///< the last sign of loss
  std::string waiting_for_;
  feed::change_batch batch_;
  std::uint64_t load_records_ = 0;
  std::uint64_t load_total_ = 0;
  instant reported_{};
  std::thread thread_;
};

}  // namespace blotter::kafka
