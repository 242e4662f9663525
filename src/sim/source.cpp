#include "sim/source.hpp"

#include <algorithm>

namespace blotter::sim {

namespace {
/// Records of one partition in one poll.
constexpr std::size_t fetch_records_max = 64;
}  // namespace

source::source(context& all, const topic& log, std::function<void(feed::event)> out)
    : all_(all), log_(log), out_(std::move(out)), parser_(feed::record_mapping{}) {
  notice_ = milliseconds(static_cast<std::int64_t>(all.processes.below(all.life.notice_ms + 1)));
}

void source::give(feed::event what) {
  if (all_.spoiled.active() && !all_.spoiled.feed_event(what)) return;
  out_(std::move(what));
}

void source::poll() {
  const instant now = all_.time.now();
  if (!reachable_) {
    if (!waiting_) unreachable_since_ = now;
    waiting_ = true;
    if (!told_lost_ && now - unreachable_since_ >= notice_ && following_ != table::generation::none) {
      told_lost_ = true;
      give(feed::feed_lost{"the broker does not answer"});
    }
    return;
  }
  waiting_ = false;
  if (now < lags_until_) return;
  if (!follow_topic(now)) return;
  bool at_end = true;
  for (table::partition_id p = 0; p < places_.size(); ++p) {
    if (!assigned(p)) continue;
    const bool end = read(p);
    if (end) places_[p].complete_at = now;
    at_end = at_end && end;
  }
  again_ = 0;
  if (begin_again_where_missed() || !at_end || !told_lost_) return;
  told_lost_ = false;
  give(feed::feed_restored{});
}

/// False while the topic is another one and this is not noticed yet.
bool source::follow_topic(instant now) {
  if (following_ == log_.generation()) return true;
  const bool first = following_ == table::generation::none;
  if (!first && now - log_.began_at() < notice_ && heard_of_ != log_.generation()) return false;
  begin(first ? "" : "the topic is another one");
  return true;
}

/// All partitions are read from their start.
void source::begin(const std::string& reason) {
  following_ = log_.generation();
  places_.assign(log_.partitions().size(), {});
  give(feed::generation_began{following_, static_cast<std::uint32_t>(places_.size()), reason});
  for (table::partition_id p = 0; p < places_.size(); ++p)
    if (assigned(p)) begin(p);
}

/// One partition is read from its start.
void source::begin(table::partition_id partition) {
  places_[partition] = {};
  places_[partition].target = log_.partitions()[partition].end;
  places_[partition].complete_at = all_.time.now();
  if (!all_assigned_) give(feed::partition_began{partition});
}

void source::assign(const table::partition_set& partitions, const table::partition_set& again) {
  table::partition_set begins = again;
  if (!all_assigned_)
    partitions.for_each([&](table::partition_id p) {
      if (!assigned_.has(p)) begins.add(p);
    });
  all_assigned_ = false;
  assigned_ = partitions;
  // While the topic is another one, all begin soon.
  if (following_ != log_.generation()) return;
  begins.for_each([this](table::partition_id p) {
    if (p < places_.size()) begin(p);
  });
}

bool source::begin_again_where_missed() {
  const auto missed = [](const place& each) { return each.missed; };
  if (std::ranges::none_of(places_, missed)) return false;
  if (all_assigned_) {
    begin("deletes may have been missed");
    return true;
  }
  for (table::partition_id p = 0; p < places_.size(); ++p)
    if (places_[p].missed) begin(p);
  return true;
}

/// Compaction keeps deletes for its retention: who was never behind for so long has seen them all.
bool source::may_have_missed_deletes(const place& at) const {
  return all_.time.now() - at.complete_at >= milliseconds(all_.life.retention_ms);
}

void source::report_horizon(table::partition_id partition, table::record_offset offset) {
  give(feed::horizon_known{partition, offset});
}

/// Reads some records of a partition. True when its end was reached.
bool source::read(table::partition_id partition) {
  const topic::partition& log = log_.partitions()[partition];
  place& mine = places_[partition];
  if (again_ > 0 && mine.next > 0) {
    const auto back = static_cast<table::record_offset>(all_.processes.below(again_) + 1);
    all_.seen.sometimes(situation::feed_redelivered);
    feed::change_batch batch;
    for (const record& one : log.records) {
      if (one.at.offset >= mine.next || one.at.offset < mine.next - back || one.malformed) continue;
      const std::string key = client_name(one.client) + "_" + key_name(one.key, all_.life.odd_keys > 0);
      const std::string value = value_text(one, all_.life.value_bytes);
      feed::raw_record raw{key, std::nullopt, partition, one.at.offset,
                           wall_time(milliseconds(static_cast<std::int64_t>(one.number)))};
      if (!one.deleted) raw.value = value;
      (void)parser_.parse(raw, batch);
    }
    if (!batch.changes.empty()) give(std::move(batch));
  }
  auto at = std::ranges::lower_bound(log.records, mine.next, {}, [](const record& r) { return r.at.offset; });
  feed::change_batch batch;
  table::record_offset horizon = 0;
  for (std::size_t n = 0; n < fetch_records_max && at != log.records.end(); ++n, ++at) {
    if (at->at.offset > mine.next) horizon = at->at.offset;  // what is missing may have been a delete
    mine.next = at->at.offset + 1;
    const std::string key = client_name(at->client) + "_" + key_name(at->key, all_.life.odd_keys > 0);
    const std::string value = value_text(*at, all_.life.value_bytes);
    feed::raw_record raw{key, std::nullopt, partition, at->at.offset,
                         wall_time(milliseconds(static_cast<std::int64_t>(at->number)))};
    if (!at->deleted) raw.value = value;
    const auto refused = parser_.parse(raw, batch);
    all_.seen.sometimes(situation::malformed_record, refused.has_value());
  }
  const bool end = at == log.records.end();
  if (end && mine.next < log.end) horizon = mine.next = log.end;
  if (horizon > 0 && may_have_missed_deletes(mine)) {
    mine.missed = true;
    all_.seen.sometimes(situation::feed_behind_compaction);
    return false;
  }
  if (horizon > 0) report_horizon(partition, horizon);
  if (!batch.changes.empty()) {
    mine.given = batch.changes.back().at.offset + 1;
    give(std::move(batch));
  }
  const bool first = !mine.caught_up && mine.next >= mine.target;
  mine.caught_up = mine.caught_up || first;
  if (first || (mine.caught_up && end && mine.next > mine.given)) {
    mine.given = mine.next;
    give(feed::partition_caught_up{partition, mine.next});
  }
  return end;
}

}  // namespace blotter::sim
