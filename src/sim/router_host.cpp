#include "sim/router_host.hpp"

#include "sim/node_host.hpp"
#include "sim/router_home.hpp"
#include "sim/wire.hpp"

namespace blotter::sim {

router_host::router_host(context& all, std::string name, const topic& log)
    : host(all, std::move(name), milliseconds(25)),
      log_(log),
      memory_bytes_max_(all.life.router_memory_bytes) {}

router_host::~router_host() = default;

void router_host::born() {
  const plan& life = all().life;
  router::sink& mine = *this;
  core_ = std::make_unique<router::router>(
      router::router_options{.tables = {.tombstones_min = life.tombstones, .seed = life.seed},
                             .window_bytes = life.window_bytes,
                             .message_rows_max = life.message_rows,
                             .memory_bytes_max = memory_bytes_max_},
      mine);
  source_ = std::make_unique<source>(all(), log_, [this](feed::event what) { core_->handle(what, clock()); });
  if (directory_)
    home_ = std::make_unique<router_home>(all(), *directory_, *watcher_, *this, *core_, *source_, process_,
                                          member_of(all(), *this, directory::role::router));
  follow_holdings();
  schedule_poll();
}

void router_host::live_in(grid& in, home_watcher& watcher, std::uint32_t number) {
  directory_ = &in;
  watcher_ = &watcher;
  process_ = number;
}

home* router_host::at_home() {
  return home_ ? &home_->at_home() : nullptr;
}

const home* router_host::at_home() const {
  return home_ ? &home_->at_home() : nullptr;
}

void router_host::told_to_hold(const table::partition_set& partitions) {
  holding_ = partitions;
  core_->hold(partitions, clock());
}

void router_host::drain() {
  if (!home_ || std::exchange(draining_, true)) return;
  all().say(name(), " drains");
  post([this] { home_->drain(); });
}

void router_host::died() {
  home_.reset();
  if (directory_) holding_.emplace();
  draining_ = false;
  core_.reset();
  source_.reset();
  held_.clear();
  for (const auto& [_, link] : std::exchange(links_, {})) link->router_died();
}

void router_host::tick() {
  core_->tick(clock());
  if (home_) home_->tick();
}

void router_host::schedule_poll() {
  all().time.after(milliseconds(all().life.poll_ms), [this, born = life()] {
    if (!alive() || born != life()) return;
    if (waiting() < 64)
      post([this] {
        feed_lost_ ? source_->lose() : source_->restore();
        follow_holdings();
        source_->poll();
      });
    schedule_poll();
  });
}

void router_host::redeliver(std::uint64_t records) {
  post([this, records] { source_->redeliver(records); });
}

void router_host::lag(milliseconds lasts) {
  post([this, until = all().time.now() + lasts] { source_->lag(until); });
}

void router_host::hold(table::partition_set partitions) {
  holding_ = std::move(partitions);
  post([this] { follow_holdings(); });
}

/// What the process's shell does: has the core hold what it should, and the reader read what the core needs.
void router_host::follow_holdings() {
  if (!holding_ || home_) return;
  if (held_ != *holding_) core_->hold(*holding_, clock());
  held_ = *holding_;
  source_->assign(core_->reading(), core_->awaited());
}

void router_host::accept(wire& link) {
  const home* const peer = link.node().at_home();
  post([this, &link, number = link.number(), id = peer ? std::optional(peer->id()) : std::nullopt] {
    if (link.number() != number) return;
    links_[number] = &link;
    core_->link_up(router::link_id{number}, clock());
    if (home_ && id) home_->linked(number, *id);
  });
}

void router_host::lost(std::uint32_t link) {
  post([this, link] {
    links_.erase(link);
    core_->link_lost(router::link_id{link}, clock());
    if (home_) home_->unlinked(link);
  });
}

/// Planted: nodes take this router, which has yet to notice that the topic is another one, for one that is
/// with it.
bool router_host::passes_for_newest() const {
  const table::generation mine = core_->state().feed;
  return all().spoiled.is(sabotage::older_generation_taken) && mine != log_.generation() &&
         mine != table::generation::none;
}

void router_host::pass_for_newest(std::uint32_t link) {
  const auto partitions = static_cast<std::uint32_t>(log_.partitions().size());
  links_[link]->send_to_node(link,
                             link::feed_began{log_.generation(), partitions, "the topic is another one"});
  links_[link]->send_to_node(link, link::serving{core_->serving().list()});
}

void router_host::hear_as_newest(link::to_router& message) const {
  if (auto* wanted = std::get_if<link::wanted>(&message)) wanted->reached = {core_->state().feed, {}};
  if (auto* subscribe = std::get_if<link::subscribe>(&message)) subscribe->have = {core_->state().feed, {}};
}

void router_host::received(std::uint32_t link, link::to_router message) {
  if (passes_for_newest()) hear_as_newest(message);
  if (all().spoiled.active() && !all().spoiled.to_router(message)) return;
  if (const auto* wanted = std::get_if<link::wanted>(&message)) look_at(*wanted);
  core_->received(router::link_id{link}, std::move(message), clock());
}

void router_host::look_at(const link::wanted& what) {
  const table::table_set& tables = core_->tables();
  all().seen.sometimes(situation::wanted_of_older_generation,
                       what.reached.feed != tables.feed() && !what.partitions.empty());
  for (const table::position& each : what.reached.seen.all()) {
    const auto mine = std::max(tables.complete(each.partition), tables.horizon(each.partition));
    if (what.reached.feed == tables.feed() && each.offset >= mine)
      return all().seen.sometimes(situation::replica_behind_the_node);
  }
}

/// A client's rows begin anew only where a delete may be forgotten: never because a replica is behind.
void router_host::check_reason(const link::subscription_began& what) {
  if (what.how == link::subscription_began::resumed::yes) return;
  const table::table_set& tables = core_->tables();
  for (table::partition_id p = 0; p < tables.partitions(); ++p)
    if (tables.horizon(p) > 0) return;
  all().fail(promise::resume, name() + " begins a client's rows anew, and has forgotten nothing");
}

void router_host::send(router::link_id to, link::to_node message) {
  const auto number = static_cast<std::uint32_t>(to);
  const auto found = links_.find(number);
  if (found == links_.end()) return;
  if (const auto* word = std::get_if<link::subscription_began>(&message)) check_reason(*word);
  if (all().spoiled.active() && !all().spoiled.to_node(message)) return;
  if (passes_for_newest() && std::holds_alternative<link::heartbeat>(message)) pass_for_newest(number);
  const auto* began = std::get_if<link::subscription_began>(&message);
  const auto id = began ? began->id : link::subscription_id{};
  found->second->send_to_node(number, std::move(message));
  if (began && all().spoiled.is(sabotage::caught_up_early))
    found->second->send_to_node(number, link::subscription_caught_up{id});
}

}  // namespace blotter::sim
