#include "sim/topic.hpp"

#include <algorithm>
#include <map>

namespace blotter::sim {

std::string client_name(std::uint32_t client) {
  return "c" + std::to_string(client);
}

std::string key_name(std::uint32_t key, bool odd) {
  const std::string number = std::to_string(key);
  if (!odd) return "k" + number;
  return key % 2 ? "k\"\\" + number : "kö}]," + number;
}

std::string value_text(const record& one, std::uint32_t padding) {
  if (one.deleted) return {};
  if (one.malformed) return one.number % 2 ? "{\"n\":" : "[1]";
  return "{\"c\":\"" + client_name(one.client) + "\",\"n\":" + std::to_string(one.number) + ",\"x\":\"" +
         std::string(padding, 'x') + "\"}";
}

topic::topic(const plan& life, log_reader& reader)
    : reader_(reader),
      random_(life.seed ^ 0x746f706963u),
      retention_(life.retention_ms),
      markers_(life.seed % 4 == 0),
      partitions_(life.partitions) {
  generation_ = static_cast<table::generation>(random_.next() | 1);
}

void topic::append(std::uint32_t client, std::uint32_t key, bool deleted, bool malformed, instant now) {
  const std::uint64_t mixed = (std::uint64_t{client} * 1'000'003 + key) * 0x9E3779B97F4A7C15u;
  const auto at = static_cast<table::partition_id>((mixed >> 32) % partitions_.size());
  partition& mine = partitions_[at];
  if (markers_ && random_.below(20) == 0) {
    ++mine.end;  // a transaction's marker: an offset without a record
    reader_.gapped();
  }
  record one{next_number_++, client, key, {at, mine.end++}, now, deleted && !malformed, malformed, {}};
  mine.records.push_back(one);
  reader_.appended(one);
}

void topic::compact(instant now) {
  reader_.gapped();
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> homes;  // partitions in which a row has records
  for (const partition& each : partitions_) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, int> here;
    for (const record& one : each.records)
      if (!one.malformed) here[{one.client, one.key}] = 1;
    for (const auto& [row, _] : here) ++homes[row];
  }
  for (partition& each : partitions_) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> last;
    for (const record& one : each.records)
      if (!one.malformed) last[{one.client, one.key}] = one.number;
    std::erase_if(each.records, [&](record& one) {
      if (one.malformed) return false;
      const std::pair row{one.client, one.key};
      if (last[row] != one.number) return true;
      // A delete goes only where it leaves no older value behind in another partition.
      if (!one.deleted || homes[row] > 1) return false;
      if (!one.cleaned) one.cleaned = now;
      return now - *one.cleaned > retention_;
    });
  }
}

void topic::begin_incarnation(instant now) {
  ++incarnation_;
  generation_ = static_cast<table::generation>(random_.next() | 1);
  began_at_ = now;
  std::vector<record> all;
  for (const partition& each : partitions_) all.insert(all.end(), each.records.begin(), each.records.end());
  std::ranges::sort(all, {}, &record::number);
  reader_.began(all);
}

void topic::truncate(instant now) {
  reader_.gapped();
  for (partition& each : partitions_)
    each.records.erase(each.records.begin(),
                       each.records.begin() + static_cast<std::ptrdiff_t>(each.records.size() / 2));
  begin_incarnation(now);
}

void topic::recreate(std::uint32_t partitions, instant now) {
  partitions_.assign(partitions, {});
  begin_incarnation(now);
}

void topic::add_partitions(std::uint32_t more, instant now) {
  partitions_.resize(partitions_.size() + more);
  begin_incarnation(now);
}

}  // namespace blotter::sim
