#include "lines/simulated_source.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "lines/clocks.hpp"
#include "lines/random_generation.hpp"

namespace blotter::lines {
namespace {

/// FNV-1a: any even spread does, as nobody else computes it.
std::uint32_t partition_of(std::string_view key) {
  std::uint32_t hash = 0x811C9DC5u;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193u;
  return hash % simulated_source::partitions;
}

}  // namespace

simulated_source::simulated_source(feed::market_options market, feed::reject_ledger& rejects,
                                   feed::outlet& to)
    : market_(market), rejects_(rejects), to_(to) {}

void simulated_source::start() {
  thread_.start([this] { run(); });
}

void simulated_source::run() {
  if (!to_.put(feed::generation_began{random_generation(), partitions, ""})) return;
  // The time of day, carried on by the clock that only goes forward: a corrected clock must not stop the
  // market.
  const feed::arrival began = arrival_now();
  for (;;) {
    feed::arrival now = arrival_now();
    now.time = began.time + std::chrono::duration_cast<milliseconds>(now.now - began.now);
    if (!give_due(now)) return;
    const auto pause = std::clamp(market_.due() - now.time, milliseconds(1), milliseconds(1000));
    if (thread_.wait({}, pause) == source_thread::woken::by_stop) return;
  }
}

bool simulated_source::give_due(feed::arrival now) {
  while (const auto record = market_.next(now.time)) {
    if (!give(*record, now)) return false;
    if (!market_.snapshot_given() || caught_up_) continue;
    if (!flush() || !caught_up()) return false;
  }
  return flush();
}

bool simulated_source::give(const feed::market_record& record, feed::arrival now) {
  const std::uint32_t partition = partition_of(record.key);
  const feed::raw_record raw{record.key, record.value, partition, next_[partition]++, record.time};
  if (const auto why = parser_.parse(raw, batch_)) rejects_.note(raw, *why, now.now);
  return !batch_.full() || flush();
}

bool simulated_source::flush() {
  if (thread_.stopping()) return false;
  return batch_.changes.empty() || to_.put(std::exchange(batch_, {}));
}

bool simulated_source::caught_up() {
  caught_up_ = true;
  for (std::uint32_t partition = 0; partition < partitions; ++partition) {
    if (!to_.put(feed::partition_caught_up{partition, next_[partition]})) return false;
  }
  return true;
}

}  // namespace blotter::lines
