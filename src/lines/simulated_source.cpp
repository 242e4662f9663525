#include "lines/simulated_source.hpp"

#include <chrono>
#include <utility>

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

simulated_source::turned simulated_source::turn(feed::arrival now) {
  if (!began_) {
    if (!to_.put(feed::generation_began{random_generation(), partitions, ""})) return turned::ended;
    began_ = now;
  }
  // The time of day, carried on by the clock that only goes forward: a corrected clock must not stop the
  // market.
  now.time = began_->time + std::chrono::duration_cast<milliseconds>(now.now - began_->now);
  for (unsigned given = 0; given < turn_records_max; ++given) {
    const auto record = market_.next(now.time);
    if (!record) return flush() ? turned::rests : turned::ended;
    if (!give(*record, now)) return turned::ended;
    if (!market_.snapshot_given() || caught_up_) continue;
    if (!flush() || !caught_up()) return turned::ended;
  }
  return flush() ? turned::more : turned::ended;
}

bool simulated_source::give(const feed::market_record& record, feed::arrival now) {
  const std::uint32_t partition = partition_of(record.key);
  const feed::raw_record raw{record.key, record.value, partition, next_[partition]++, record.time};
  if (const auto why = parser_.parse(raw, batch_)) rejects_.note(raw, *why, now.now);
  return !batch_.full() || flush();
}

bool simulated_source::flush() {
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
