#include "sim/oracle.hpp"

#include "sim/eyes.hpp"

namespace blotter::sim {

oracle::oracle(context& all)
    : all_(all),
      by_client_(all.life.clients),
      last_(all.life.clients, std::vector<std::int64_t>(all.life.keys, -1)),
      last_delete_(last_) {
  for (std::uint32_t key = 0; key < all.life.keys; ++key) keys_[key_name(key, all.life.odd_keys > 0)] = key;
}

void oracle::appended(const record& one) {
  records_.push_back(one);
  if (one.malformed) return;
  by_client_[one.client].push_back(one.number);
  last_[one.client][one.key] = static_cast<std::int64_t>(one.number);
  if (!one.deleted) return;
  ++deleted_;
  last_delete_[one.client][one.key] = static_cast<std::int64_t>(one.number);
  deletes_[{one.at.partition, one.at.offset}].push_back(one.number);
}

void oracle::began(const std::vector<record>& all) {
  ++incarnation_;
  began_at_ = all_.time.now();
  for (auto& each : by_client_) each.clear();
  last_.assign(last_.size(), std::vector<std::int64_t>(all_.life.keys, -1));
  last_delete_ = last_;
  for (const record& one : all) {
    if (one.malformed) continue;
    by_client_[one.client].push_back(one.number);
    last_[one.client][one.key] = static_cast<std::int64_t>(one.number);
    if (one.deleted) last_delete_[one.client][one.key] = static_cast<std::int64_t>(one.number);
  }
}

bool oracle::justifies_reset(std::string_view reason) const {
  // Deletes are forgotten beyond their number only, or where the log may have had more than it shows.
  if (reason == "horizon" || reason == "behind") return gapped_ || deleted_ > all_.life.tombstones;
  if (reason == "generation") return incarnation_ > 0;
  return reason != "malformed";
}

const record* oracle::numbered(std::int64_t number) const {
  return number >= 0 && static_cast<std::size_t>(number) < records_.size()
             ? &records_[static_cast<std::size_t>(number)]
             : nullptr;
}

std::int64_t oracle::delete_at(table::position at, std::uint32_t client, std::uint32_t key,
                               std::int64_t since) const {
  const auto found = deletes_.find({at.partition, at.offset});
  if (found == deletes_.end()) return -1;
  std::int64_t latest = -1;
  for (const std::uint64_t number : found->second) {
    if (records_[number].client != client || records_[number].key != key) continue;
    latest = static_cast<std::int64_t>(number);
    if (since >= 0 && latest >= since) break;
  }
  return latest;
}

bool oracle::deleted_in_several(table::position at) const {
  const auto found = deletes_.find({at.partition, at.offset});
  return found != deletes_.end() && found->second.size() > 1;
}

std::size_t oracle::key_named(std::string_view key) const {
  const auto found = keys_.find(key);
  return found != keys_.end() ? found->second : SIZE_MAX;
}

/// What a row may need on its way besides: latencies, a poll of the log, and what is ahead of it on a narrow
/// way.
milliseconds oracle::way_of(const plan& life) {
  const std::uint64_t ahead =
      life.socket_bytes +
      std::min<std::uint64_t>(life.event_bytes + 1000, life.keys * (life.value_bytes + 80u)) + 1000;
  const std::uint64_t trips = 8 + ahead / life.flight_bytes;
  return std::chrono::duration_cast<milliseconds>(microseconds(static_cast<std::int64_t>(
             trips * (life.latency_us + life.jitter_us) + 200u * life.step_cost_us))) +
         milliseconds(200 + 4 * life.poll_ms);
}

std::optional<instant> oracle::missing_since(eyes& of) const {
  if (of.followed_incarnation_ != incarnation_) {
    of.followed_incarnation_ = incarnation_;
    of.followed_ = 0;
  }
  const auto& changes = by_client_[of.client_];
  for (; of.followed_ < changes.size(); ++of.followed_) {
    const record& one = records_[changes[of.followed_]];
    const auto number = static_cast<std::int64_t>(one.number);
    const eyes::seen_row& seen = of.rows_[one.key];
    const bool never_needed = seen.number < 0 && last_delete_[of.client_][one.key] >= number;
    if (seen.number < number && !never_needed) return std::max(one.appended, began_at_);
  }
  return std::nullopt;
}

void oracle::measure_gap(eyes& of, milliseconds since_last_look) const {
  if (!of.was_live_ || !of.honest()) return;
  const auto since = missing_since(of);
  if (since && all_.time.now() - *since > std::chrono::seconds(1)) of.gap_ += since_last_look;
}

void oracle::check_fresh(eyes& of, std::string_view when, milliseconds besides) const {
  if (!of.honest() || all_.time.now() < excused_until_) return;
  const auto since = missing_since(of);
  if (!since || all_.time.now() - *since <= fresh_within + way() + besides) return;
  const auto& one = records_[by_client_[of.client_][of.followed_]];
  all_.fail(promise::freshness,
            "viewer of " + client_name(of.client_) + " takes itself for current " + std::string(when) +
                " but misses " + key_name(one.key, all_.life.odd_keys > 0) + " of record " +
                std::to_string(one.number) + " for " +
                std::to_string(std::chrono::duration_cast<milliseconds>(all_.time.now() - *since).count()) +
                " ms");
}

std::string oracle::difference(const eyes& of, promise& which) const {
  for (std::size_t key = 0; key < of.rows_.size(); ++key) {
    const std::int64_t number = last_[of.client_][key];
    const bool deleted = number >= 0 && records_[static_cast<std::size_t>(number)].deleted;
    const eyes::seen_row& seen = of.rows_[key];
    const bool shown = seen.number >= 0 && !seen.deleted;
    if (shown ? seen.number == number : number < 0 || deleted) continue;
    which = shown && deleted ? promise::deletes : promise::convergence;
    return "viewer of " + client_name(of.client_) + " has " +
           (shown ? "record " + std::to_string(seen.number) : std::string("nothing")) + " for " +
           key_name(static_cast<std::uint32_t>(key), all_.life.odd_keys > 0) + ", the log has " +
           (number < 0 ? std::string("none")
                       : "record " + std::to_string(number) + (deleted ? " (deleted)" : ""));
  }
  return {};
}

}  // namespace blotter::sim
