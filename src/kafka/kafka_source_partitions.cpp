#include <algorithm>

#include "kafka/kafka_source.hpp"

// The part of the source that knows which partitions it should read.

namespace blotter::kafka {

void kafka_source::assign(const table::partition_set& partitions, const table::partition_set& again) {
  orders_.assign(partitions, again);
  wake_.raise();
}

void kafka_source::hear_of(table::generation other) {
  orders_.hear_of(other);
  wake_.raise();
}

// Partitions that stay are not touched: neither their reading nor how far they are.
void kafka_source::consider_orders(instant now) {
  if (topic_ && doubt_ == doubt::none && orders_.latest(generation_) != generation_)
    close_and_doubt(doubt::cut_heard_of, now);
  const auto order = orders_.take();
  if (!order) return;
  all_assigned_ = false;
  assigned_ = order->partitions;
  if (!topic_) return;
  flush();
  for (const table::partition_id p : read_.list())
    if (!order->keep.has(p)) end_partition(p);
  auto failed = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (const table::partition_id p : assigned_.list()) {
    if (p >= partitions_.size() || read_.has(p)) continue;
    begin_partition(p);
    put(feed::partition_began{p});
    if (log_ && failed == RD_KAFKA_RESP_ERR_NO_ERROR) failed = log_->start(p, partitions_[p].next());
  }
  if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) cannot_read(failed, now);
  reported_ = {};
}

// From where its log began at the last look; what was cut off there since is noticed as any cut is.
void kafka_source::begin_partition(table::partition_id partition) {
  const auto begin = known_view_->begins[partition];
  const auto end = known_view_->ends[partition];
  partitions_[partition] = partition_progress(begin, end);
  partitions_[partition].aim(end, known_view_->asked);
  partitions_[partition].whole(std::chrono::steady_clock::now());
  nexts_before_[partition] = begin;
  load_total_ += static_cast<std::uint64_t>(std::max<table::record_offset>(end - begin, 0));
  read_.add(partition);
  ++read_count_;
}

void kafka_source::end_partition(table::partition_id partition) {
  if (log_) log_->stop(partition);
  if (partitions_[partition].caught_up_told) --caught_up_;
  read_.remove(partition);
  --read_count_;
}

// The log's beginning has passed by what was not read yet (retention by time or size): no cut, and none of
// the other readers' business. What was given of the partition may have been deleted in what is gone.
bool kafka_source::begin_what_fell_behind(const topic_view& view) {
  std::vector<table::partition_id> behind;
  bool cut = false;
  read_.for_each([&](table::partition_id p) {
    const auto is = partitions_[p].place_in(view.begins[p], view.ends[p]);
    if (is == partition_progress::place::before) behind.push_back(p);
    if (is == partition_progress::place::beyond) cut = true;
  });
  if (cut || behind.empty()) return false;
  options_.log(4, "topic " + options_.topic + ": " + std::to_string(behind.size()) +
                      " partitions fell behind the beginning of their logs; reading them from there");
  begin_again(behind);
  return true;
}

// With all partitions it is the generation that begins again.
bool kafka_source::begin_what_missed_deletes() {
  if (all_assigned_) return false;
  std::vector<table::partition_id> missed;
  read_.for_each([&](table::partition_id p) {
    if (partitions_[p].may_have_missed_deletes()) missed.push_back(p);
  });
  options_.log(4, "topic " + options_.topic + ": deletes may have been missed in " +
                      std::to_string(missed.size()) + " partitions; reading them from their start");
  begin_again(missed);
  return true;
}

void kafka_source::begin_again(const std::vector<table::partition_id>& some) {
  flush();
  for (const table::partition_id p : some) {
    end_partition(p);
    begin_partition(p);
    put(feed::partition_began{p});
  }
}

}  // namespace blotter::kafka
