#include "sim/world.hpp"

namespace blotter::sim {

namespace {
constexpr milliseconds watch_period{100};
}

milliseconds recovery_max(const plan& life) {
  // A transport finds out that its peer is gone, a viewer that its node is, each after its silence; then a
  // load, and perhaps another when a router notices only now what became of its topic.
  const plan& p = life;
  const std::uint64_t trip_us = p.latency_us + p.jitter_us;
  const auto load = (p.loaded + p.records) / 16 * p.poll_ms + p.notice_ms;
  const auto ways = 40 * trip_us / 1000;
  // Through a narrow window each few rows wait for the node's word that those before were taken in.
  const std::uint64_t rows = std::min(p.clients * p.keys, p.loaded + p.records + p.clients * p.keys / 2);
  const std::uint64_t window_rows = std::max<std::uint64_t>(1, p.window_bytes / (150 + p.value_bytes));
  const auto links = 2 * rows / window_rows * (2 * trip_us + 40 * p.step_cost_us) / 1000;
  const auto streams = std::uint64_t{p.keys} * (p.value_bytes + 80) / p.flight_bytes * trip_us / 1000;
  // A gateway leaves silent nodes once it need not suspect itself, and may try a stream elsewhere first; each
  // waits its turn.
  const std::uint64_t gateways =
      p.gateways > 0 ? 10'000 + 4'000 * std::uint64_t{p.viewers} / std::max(p.reopen_rate, 1u) : 0;
  return milliseconds(static_cast<std::int64_t>(3000 + gateways + 2 * p.silence_ms + 2 * 2500 * p.beat_s +
                                                3 * p.retry_ms + p.stuck_ms + load + ways + links +
                                                streams)) +
         (p.directory != 0 ? settled_max : milliseconds(0));
}

world::world(context& all)
    : all_(all),
      oracle_(all),
      log_(all.life, oracle_),
      replicas_(all, routers_, nodes_),
      asker_(all, oracle_, nodes_, viewers_),
      feed_(all.life.seed ^ 0x66656564u) {
  const plan& life = all.life;
  for (std::uint32_t i = 0; i < life.routers; ++i)
    routers_.push_back(std::make_unique<router_host>(all, "r" + std::to_string(i), log_));
  for (std::uint32_t i = 0; i < life.nodes; ++i) {
    nodes_.push_back(std::make_unique<node_host>(all, "n" + std::to_string(i)));
    for (auto& each : routers_) {
      wires_.push_back(std::make_unique<wire>(all, *nodes_.back(), *each));
      nodes_.back()->connect_by(*wires_.back());
    }
  }
  begin_directory();
  for (std::uint32_t i = 0; i < life.gateways; ++i) {
    gateways_.push_back(std::make_unique<gateway_host>(all, "g" + std::to_string(i), nodes_));
    if (placements_) gateways_.back()->agree_by(*placements_, i);
    for (auto& each : nodes_) {
      carries_.push_back(std::make_unique<carry_wire>(all, *gateways_.back(), *each));
      gateways_.back()->connect_by(*carries_.back());
    }
  }
  for (auto& each : gateways_) fronts_.push_back(each.get());
  for (auto& each : nodes_)
    if (gateways_.empty()) fronts_.push_back(each.get());
  replicas_.assign();
  std::vector<std::uint32_t> viewers_of(life.clients);
  for (std::uint32_t i = 0; i < life.viewers; ++i) {
    const auto client = static_cast<std::uint32_t>(all.viewers.below(life.clients));
    all.seen.sometimes(situation::two_viewers_of_one_client, ++viewers_of[client] == 2);
    const bool direct = life.direct_percent > 0 && all.viewers.below(100) < life.direct_percent;
    viewers_.push_back(std::make_unique<viewer>(all, oracle_, fronts_, i, client,
                                                direct ? viewer::mode::direct : viewer::mode::by_front));
  }
}

outcome world::live() {
  const auto failed = [this] { return all_.failure.has_value(); };
  const plan& life = all_.life;
  begin();
  schedule_faults();
  watch();
  all_.seen.sometimes(situation::calm_life, life.calm());
  const instant began = all_.time.now();
  all_.time.run_until(began + milliseconds(life.run_ms), failed);
  mend_all();
  outcome result;
  result.recovered = come_to_rest();
  if (!failed()) check_rest();
  if (result.recovered > recovery_max(life))
    all_.fail(promise::recovery, "all was current only after " + std::to_string(result.recovered.count()) +
                                     " ms, at most " + std::to_string(recovery_max(life).count()));
  if (!failed()) check_agreement();
  if (!failed()) check_places();
  if (!failed()) check_answers();
  if (!failed()) check_nothing_left();
  if (!failed()) check_name_kept();
  for (const auto& each : viewers_) {
    result.gap_max = std::max(result.gap_max, each->seen().gap());
    result.gap_total += each->seen().gap();
  }
  result.failure = all_.failure;
  result.seen = all_.seen;
  all_.note(all_.time.steps());
  result.digest = all_.digest;
  result.steps = all_.time.steps();
  result.lived = std::chrono::duration_cast<milliseconds>(all_.time.now() - began);
  return result;
}

/// Until all has been current for a beat and longer than a router takes to notice what became of its topic:
/// what is current for a moment only has not recovered. How long it took from now until it was.
milliseconds world::come_to_rest() {
  const plan& life = all_.life;
  const milliseconds hold(life.beat_s * 1300 + 300);
  const instant rest = all_.time.now();
  instant current_since = rest;
  // Looked at now and then only: it costs as much as a step.
  while (!all_.failure && all_.time.now() - current_since < hold &&
         current_since - rest <= recovery_max(life)) {
    all_.time.run_until(all_.time.now() + watch_period, [this] { return all_.failure.has_value(); });
    if (!all_current()) current_since = all_.time.now();
  }
  return std::chrono::duration_cast<milliseconds>(current_since - rest);
}

void world::begin() {
  const plan& life = all_.life;
  for (std::uint32_t i = 0; i < life.loaded; ++i) append_one();
  for (auto& each : routers_) each->start();
  for (auto& each : nodes_) each->start();
  for (auto& each : gateways_) each->start();
  for (auto& each : viewers_) {
    const auto when = milliseconds(static_cast<std::int64_t>(all_.viewers.below(life.run_ms / 2)));
    all_.time.after(when, [one = each.get()] { one->open(); });
  }
  append_later(life.records);
  asker_.begin();
}

void world::append_later(std::uint32_t left) {
  if (left == 0) return;
  const auto step_us = std::uint64_t{all_.life.run_ms} * 1000 / all_.life.records;
  const auto burst = feed_.below(5) == 0 ? std::min<std::uint64_t>(left, 1 + feed_.below(10)) : 1;
  const auto wait = microseconds(static_cast<std::int64_t>(burst * feed_.below(2 * step_us + 1)));
  all_.time.after(wait, [this, left, burst] {
    if (mended_) return;
    for (std::uint64_t i = 0; i < burst; ++i) append_one();
    append_later(left - static_cast<std::uint32_t>(burst));
  });
}

void world::append_one() {
  const plan& life = all_.life;
  const auto client = static_cast<std::uint32_t>(feed_.below(life.clients));
  const auto key = static_cast<std::uint32_t>(feed_.below(life.keys));
  const bool deleted = feed_.below(100) < life.deletes_percent;
  const bool malformed = feed_.below(100) < life.malformed_percent;
  log_.append(client, key, deleted, malformed, all_.time.now());
}

void world::watch() {
  all_.time.after(watch_period, [this] {
    for (auto& each : wires_) each->watch();
    for (auto& each : carries_) each->watch();
    replicas_.watch();
    for (auto& each : viewers_) {
      each->watch();
      if (all_.viewers.below(20) == 0) each->save();
      for (const auto& way : each->ways()) way->watch(milliseconds(all_.life.stuck_ms + 3000));
    }
    if (++watches_ % 2 == 0) check_viewers();
    if (watches_ % 5 == 0) check_bounds();
    if (watches_ % 5 == 0 && census_) census_->check_known();
    watch();
  });
}

// Checks.

void world::check_viewers() {
  for (const auto& each : viewers_) {
    if (all_.failure) return;
    if (each->wanted()) oracle_.measure_gap(each->seen(), 2 * watch_period);
    if (!each->connected()) continue;
    // Of a node or way that is dead or late it knows within 2.5 beats; of all else it is told within 2 s.
    const bool troubled = each->recently_troubled();
    if (each->believes_itself_current() && !each->node_just_mended())
      oracle_.check_fresh(each->seen(), "all along",
                          troubled ? each->silence_max() + each->lateness_unseen() : milliseconds(0));
    if (troubled) continue;
    if (each->silence() > milliseconds(all_.life.beat_s * 1300 + 600) + oracle_.way())
      all_.fail(promise::freshness, "viewer " + std::to_string(each->number()) + " was sent no beat");
  }
}

void world::check_bounds() {
  const plan& life = all_.life;
  const auto at_most = [this](const std::string& what, std::uint64_t is, std::uint64_t most) {
    if (is > most)
      all_.fail(promise::bounded, what + ": " + std::to_string(is) + ", at most " + std::to_string(most));
  };
  const std::uint64_t rows = std::uint64_t{life.clients} * life.keys;
  const std::uint64_t row_size = 200 + life.value_bytes + 64;
  for (const auto& each : routers_) {
    if (!each->core()) continue;
    const std::size_t connections = each->waiting() == 0 ? each->links() : 0;
    const table::table_set& tables = each->core()->tables();
    at_most(each->name() + "'s rows", tables.rows(), rows);
    const router::router_state& state = each->core()->state();
    all_.seen.sometimes(situation::partition_refused_for_memory, state.partitions_refused > 0);
    if (state.refusal.empty() != (state.partitions_refused == 0))
      all_.fail(promise::bounded, each->name() + " does not say that it refuses partitions, or for nothing");
    all_.seen.sometimes(situation::delete_kept_for_an_older_value,
                        tables.tombstones_hiding() > std::max<std::uint64_t>(life.tombstones, tables.rows()));
    if (state.partitions_caught_up == state.partitions_held)  // while it loads it remembers them all
      at_most(each->name() + "'s deletes", tables.tombstones(),
              std::max<std::uint64_t>(life.tombstones, tables.rows()) + tables.tombstones_hiding());
    if (connections > 0)
      at_most(each->name() + "'s subscriptions", each->core()->subscriptions(), connections * life.clients);
    at_most(each->name() + "'s inbox", each->waiting(), 100'000);
  }
  for (const auto& each : nodes_) {
    if (!each->core()) continue;
    at_most(each->name() + "'s rows", each->core()->tables().rows(), rows);
    at_most(each->name() + "'s tables", each->core()->tables().tables(), life.clients);
    at_most(each->name() + "'s viewers", each->core()->viewers(),
            std::min<std::size_t>(each->streams(), life.viewers_max));
  }
  const auto sent_at_once = life.event_bytes + row_size + 5000;
  for (const auto& each : gateways_) {
    if (!each->core()) continue;
    at_most("bytes that " + each->name() + " keeps for a viewer", each->kept_max(),
            life.stream_window_bytes + sent_at_once);
    at_most(each->name() + "'s inbox", each->waiting(), 100'000);
  }
  for (const auto& each : viewers_)
    for (const auto& way : each->ways())
      at_most("bytes that wait for viewer " + std::to_string(each->number()), way->buffered(),
              life.socket_bytes + sent_at_once + (gateways_.empty() ? 0 : life.stream_window_bytes));
}

bool world::all_current() const {
  if (census_ && !census_->unsettled().empty()) return false;
  for (const auto& each : gateways_)
    if (!each->scattered_client().empty()) return false;
  promise which{};
  for (const auto& each : viewers_) {
    if (!each->wanted()) continue;
    const eyes& seen = each->seen();
    if (!each->connected() || !each->way()->node_listens()) return false;
    if (!seen.live() || !seen.told_current()) return false;
    if (seen.honest() && !oracle_.difference(seen, which).empty()) return false;
  }
  return true;
}

void world::check_rest() {
  if (census_ && !census_->unsettled().empty()) all_.fail(promise::recovery, census_->unsettled());
  for (const auto& each : gateways_) {
    const std::string client = each->scattered_client();
    if (!client.empty())
      all_.fail(promise::recovery, each->name() + " has " + client + " on several nodes at rest");
  }
  for (const auto& each : viewers_) {
    if (!each->wanted() || all_.failure) continue;
    const eyes& seen = each->seen();
    const std::string who = "viewer " + std::to_string(each->number()) + ": ";
    if (!each->connected() || !seen.live() || !seen.told_current()) {
      all_.fail(promise::recovery, who +
                                       (!each->connected()   ? "not connected"
                                        : !seen.said_hello() ? "no hello"
                                        : !seen.live()       ? "not live"
                                                             : "told that it may be behind") +
                                       " at rest");
    }
    promise which{};
    const std::string text = seen.honest() ? oracle_.difference(seen, which) : std::string();
    if (!text.empty()) all_.fail(which, who + text);
  }
}

/// A client whose streams come from several nodes, at one gateway or another; empty where there is none.
std::string world::client_apart() const {
  std::map<std::string, std::set<std::string>> homes;
  for (const auto& each : gateways_) each->add_homes(homes);
  for (const auto& [client, nodes] : homes)
    if (nodes.size() > 1) return client;
  return {};
}

/// Gateways that have a client agree on its node, and stay so. Some time after all is well: a node that was
/// slow or lost is given clients only when nobody doubts it any more.
void world::check_agreement() {
  if (!placements_) return;
  const milliseconds hold(2'000);
  const instant end = all_.time.now() + milliseconds(20'000 + 5 * std::int64_t{all_.life.retry_ms});
  instant agreed_since = all_.time.now();
  while (!all_.failure && all_.time.now() - agreed_since < hold && agreed_since < end) {
    all_.time.run_until(all_.time.now() + watch_period, [this] { return all_.failure.has_value(); });
    if (!client_apart().empty()) agreed_since = all_.time.now();
  }
  if (const std::string client = client_apart(); !client.empty() || agreed_since >= end)
    all_.fail(promise::recovery, "gateways have " + client + " on several nodes at rest");
}

/// Questions are answered when all is well, and from what the log has.
void world::check_answers() {
  asker_.ask_at_rest();
  const instant end = all_.time.now() + recovery_max(all_.life);
  while (!all_.failure && !asker_.answered() && all_.time.now() < end)
    all_.time.run_until(all_.time.now() + watch_period, [this] { return all_.failure.has_value(); });
  if (!asker_.answered()) all_.fail(promise::recovery, "a question for rows is not answered at rest");
}

/// When all have gone, nodes and routers forget them.
void world::check_nothing_left() {
  for (auto& each : viewers_) each->leave(viewer::leaving::closed);
  const auto empty = [this] {
    for (const auto& each : gateways_)
      if (each->core()->viewers() > 0) return false;
    for (const auto& each : nodes_)
      if (each->core() && (each->core()->viewers() > 0 || each->core()->tables().tables() > 0)) return false;
    for (const auto& each : routers_)
      if (each->core() && each->core()->subscriptions() > 0) return false;
    return true;
  };
  const plan& life = all_.life;
  const instant end =
      all_.time.now() + milliseconds(life.idle_ms + 2 * life.stuck_ms + 8000 + 2 * life.silence_ms);
  while (!all_.failure && !empty() && all_.time.now() < end)
    all_.time.run_until(all_.time.now() + watch_period, [this] { return all_.failure.has_value(); });
  for (const auto& each : gateways_)
    if (each->core()->viewers() > 0)
      all_.fail(promise::bounded, each->name() + " still has viewers, and there are none");
  for (const auto& each : nodes_) {
    if (!each->core()) continue;
    if (each->core()->viewers() > 0)
      all_.fail(promise::bounded, each->name() + " still has viewers, and there are none");
    if (each->core()->tables().tables() > 0)
      all_.fail(promise::bounded, each->name() + " still has tables, and nobody looks at them");
  }
  for (const auto& each : routers_)
    if (each->core() && each->core()->subscriptions() > 0)
      all_.fail(promise::bounded, each->name() + " still has subscriptions, and nobody looks at them");
}

outcome live(const plan& drawn, sabotage spoil, std::string* trace) {
  context all(drawn, spoil);
  all.trace = trace;
  all.say(describe(drawn));
  world one(all);
  return one.live();
}

}  // namespace blotter::sim
