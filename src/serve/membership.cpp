#include "serve/membership.hpp"

#include <unistd.h>

#include <fstream>

#include "base/check.hpp"

namespace blotter::serve {

namespace {

/// Resident memory of this process, in bytes (proc(5), statm); 0 where the system does not say.
std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

directory::member_id named(std::string_view id) {
  const auto parsed = directory::member_id::parse(id);
  check(parsed.has_value());  // the settings let no other pass
  return *parsed;
}

metrics::distribution spread_of(const std::vector<metrics::family_reading>& all, std::string_view name) {
  for (const metrics::family_reading& each : all)
    if (each.what.name == name && !each.series.empty()) return each.series.front().spread;
  return {};
}

}  // namespace

double value_of(const std::vector<metrics::family_reading>& all, std::string_view name) {
  for (const metrics::family_reading& each : all)
    if (each.what.name == name && !each.series.empty()) return each.series.front().value;
  return 0;
}

membership::membership(directory::directory& in, std::string_view id, std::vector<directory::role> roles,
                       const metrics::registry& cells, std::uint64_t viewers_max)
    : directory_(in),
      self_{.id = named(id), .roles = std::move(roles)},
      cells_(cells),
      viewers_max_(viewers_max) {}

void membership::serve(whereabouts at, wall_time now) {
  self_.address = std::move(at.address);
  self_.link_address = std::move(at.link_address);
  self_.url = std::move(at.url);
  self_.topic = std::move(at.topic);
  self_.started = now;
  self_.stage = directory::stage::serving;
  (void)directory_.join(self_);  // one who may not says so at the first report
}

result<void> membership::report(instant now) {
  if (self_.stage == directory::stage::starting) return {};
  const auto figures = cells_.read();
  const double rows = value_of(figures, "blotter_rows_sent_total");
  const double seconds = std::chrono::duration<double>(now - reported_).count();
  directory::load_report& load = self_.load;
  ++load.number;
  load.busy = value_of(figures, "blotter_core_busy_ratio");
  load.viewers = static_cast<std::uint64_t>(value_of(figures, "blotter_viewers"));
  load.room = load.viewers < viewers_max_ ? directory::intake::open : directory::intake::full;
  load.rows_per_second = reported_ == instant{} ? 0 : (rows - rows_before_) / seconds;
  load.memory = resident_bytes();
  const auto flushes = spread_of(figures, "blotter_flush_seconds");
  const std::chrono::nanoseconds slow{flushes.since(flushes_before_).quantile(0.9)};
  load.flush_delay = std::chrono::ceil<milliseconds>(slow);
  flushes_before_ = flushes;
  reported_ = now;
  rows_before_ = rows;
  return directory_.report(self_.id, load);
}

void membership::drain() {
  if (self_.stage == directory::stage::starting) return;
  self_.stage = directory::stage::draining;
  (void)directory_.enter(self_.id, self_.stage);  // one that is no member any more leaves anyway
}

}  // namespace blotter::serve
