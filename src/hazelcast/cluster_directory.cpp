#include "hazelcast/cluster_directory.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"

namespace blotter::hazelcast {
namespace {

constexpr milliseconds tick_every{50};

instant now() {
  return instant::clock::now();
}

directory_options with_map(directory_options options) {
  options.grid.maps = {options.map};
  if (!options.placements.empty()) options.grid.maps.push_back(options.placements);
  return options;
}

}  // namespace

directory_options options_for(const url& where, const member_id& self, const uuid& chance) {
  directory_options out;
  out.grid.seeds = where.seeds;
  out.grid.cluster = where.cluster;
  out.grid.who = where.who;
  out.grid.name = "blotter " + self.text();
  out.grid.id = {chance.high | 1, chance.low};  // any but the one of zeros
  out.grid.seed = chance.low;
  if (where.by == transport::tls) out.tls.emplace();
  return out;
}

directory_cells add_directory_cells(metrics::registry& all) {
  return {
      .connected = all.add_gauge(
          {.name = "blotter_directory_connected", .help = "1 while the directory can be reached, else 0."}),
      .members =
          all.add_gauge({.name = "blotter_directory_members", .help = "Living members of the cluster."}),
      .connects = all.add_counter({.name = "blotter_directory_connects_total",
                                   .help = "Connections to members of the grid that keeps the directory."}),
      .events = all.add_counter(
          {.name = "blotter_directory_events_total", .help = "Changes that the directory told by itself."}),
      .reads =
          all.add_counter({.name = "blotter_directory_reads_total", .help = "Times that it was read whole."}),
      .repeats = all.add_counter({.name = "blotter_directory_repeats_total",
                                  .help = "Calls of the directory that were made again."}),
      .refused = all.add_counter({.name = "blotter_directory_refused_total",
                                  .help = "Records of members that were set aside as they cannot be read."}),
  };
}

cluster_directory::cluster_directory(boost::asio::io_context& loop, directory_options options,
                                     directory_cells cells)
    : loop_(loop),
      timer_(loop),
      cells_(cells),
      wires_(loop, options.tls),
      keeper_(options.leases, options.grid.seed, [this] { deliver_soon(); }),
      placements_(options.placing),
      map_(options.map, keeper_),
      placement_map_(options.placements, placements_),
      maps_(map_, placement_map_),
      client_(with_map(std::move(options)).grid, wires_, maps_),
      alive_(std::make_shared<bool>(true)),
      said_reason_(keeper_.state().reason) {
  wires_.attach(client_);
  map_.use(client_);
  placement_map_.use(client_);
  placements_.use(placement_map_);
  keeper_.use(map_);
  arm();
}

cluster_directory::~cluster_directory() {
  *alive_ = false;
  client_.stop();
}

void cluster_directory::arm() {
  timer_.expires_after(tick_every);
  timer_.async_wait([this, alive = alive_](error_code failed) {
    if (failed || !*alive) return;
    tick();
    arm();
  });
}

void cluster_directory::tick() {
  const instant at = now();
  keeper_.tick(at);
  client_.tick(at);
  say_changes();
  say_set_aside(at);
  count();
}

result<void> cluster_directory::join(const member& self) {
  return keeper_.join(self, now());
}

result<void> cluster_directory::report(const member_id& self, const load_report& load) {
  return keeper_.report(self, load, now());
}

result<void> cluster_directory::enter(const member_id& self, member_stage next) {
  return keeper_.enter(self, next, now());
}

result<void> cluster_directory::share(const member_id& self, const feed_share& feed) {
  return keeper_.share(self, feed, now());
}

void cluster_directory::leave(const member_id& self) {
  keeper_.leave(self, now());
}

void cluster_directory::set_connected(const member_id& who, bool alive) {
  keeper_.set_connected(who, alive);
}

std::vector<member> cluster_directory::members() const {
  return keeper_.members();
}

std::vector<refused_record> cluster_directory::set_aside() const {
  return keeper_.view().set_aside();
}

void cluster_directory::add_listener(listener& who) {
  check(std::ranges::find(listeners_, &who) == listeners_.end());
  listeners_.push_back(&who);
}

void cluster_directory::remove_listener(listener& who) {
  if (telling_)
    std::ranges::replace(listeners_, &who, nullptr);
  else
    std::erase(listeners_, &who);
}

void cluster_directory::deliver_soon() {
  boost::asio::post(loop_, [this, alive = alive_] {
    if (*alive) deliver();
  });
}

void cluster_directory::deliver() {
  telling_ = true;
  for (const event& each : keeper_.take_events()) {
    const std::size_t hearers = listeners_.size();
    for (std::size_t i = 0; i < hearers; ++i)
      if (listeners_[i]) listeners_[i]->hear(each);
  }
  telling_ = false;
  std::erase(listeners_, nullptr);
  cells_.members.set(static_cast<double>(keeper_.members().size()));
}

void cluster_directory::say_changes() {
  const standing& is = keeper_.state();
  if (is.connected && !std::exchange(said_connected_, true))
    log::info("directory", "connected", {{"members", keeper_.members().size()}});
  if (is.connected) {
    said_reason_.clear();
  } else if (is.reason != said_reason_) {
    // The first reason may be a step on the way; the same one again is not said again.
    static log::sample away(2);
    away.warn("directory", said_connected_ ? "away; going on with what was known" : "not reached",
              {{"reason", is.reason}});
    said_reason_ = is.reason;
    said_connected_ = false;
  }
}

/// Each record once for as long as it stands there: who writes it may do so each second.
void cluster_directory::say_set_aside(instant now) {
  for (const refused_record& each : newly_set_aside_.take(set_aside(), now))
    log::warn("directory", "a member's record was set aside",
              {{"key", each.key}, {"why", error_code(each.why).message()}});
}

void cluster_directory::count() {
  const client_figures& is = client_.figures();
  const auto& refused = keeper_.view().counts().refused;
  std::uint64_t all_refused = 0;
  for (const std::uint64_t each : refused) all_refused += each;
  cells_.connected.set(keeper_.state().connected ? 1 : 0);
  cells_.connects.add(is.connects - counted_.connects);
  cells_.events.add(is.events - counted_.events);
  cells_.repeats.add(is.repeats - counted_.repeats);
  cells_.reads.add(keeper_.reads() - std::exchange(counted_reads_, keeper_.reads()));
  cells_.refused.add(all_refused - std::exchange(counted_refused_, all_refused));
  counted_ = is;
}

}  // namespace blotter::hazelcast
