#include "sim/router_home.hpp"

#include <utility>

#include "base/check.hpp"
#include "sim/router_host.hpp"

namespace blotter::sim {

namespace {

directory::holdings_options options_of(const context& all) {
  directory::holdings_options options{.replicas = std::max(1u, all.life.replicas)};
  if (all.spoiled.is(sabotage::given_up_before_caught_up)) options.let_go_after = milliseconds(0);
  return options;
}

}  // namespace

directory::member member_of(const context& all, const host& at, directory::role as) {
  const std::string name = all.life.names_kept ? at.name() : at.name() + "." + std::to_string(at.life());
  const auto id = directory::member_id::parse(name);
  check(id.has_value());
  return {.id = *id, .roles = {as}, .started = at.wall(), .link_address = at.name() + ":1"};
}

router_home::router_home(context& all, grid& in, home_watcher& watcher, router_host& at, router::router& core,
                         source& reads, std::uint32_t number, directory::member self)
    : all_(all),
      host_(at),
      core_(core),
      source_(reads),
      watcher_(watcher),
      home_(all, in, watcher, at, number, self, {[this] { see(); }, [this] { host_.end_soon(); }}),
      keeper_(self.id, options_of(all), core, *this) {}

void router_home::tick() {
  home_.tick();
  const bool blind = all_.spoiled.is(sabotage::given_up_while_directory_away);
  keeper_.tick(blind ? directory::sight::clear : home_.sight(), host_.clock());
  if (!draining_ || (!keeper_.drained() && !all_.spoiled.is(sabotage::drained_at_once))) return;
  // Where it does not know of those who could take its partitions, viewers may notice.
  if (keeper_.leaves_alone()) all_.undisturbed = false;
  home_.leave();
  if (home_.settled()) host_.end_soon();
}

void router_home::drain() {
  draining_ = true;
  home_.drain();
  keeper_.drain(host_.clock());
}

void router_home::linked(std::uint32_t link, const directory::member_id& node) {
  if (peers_.try_emplace(link, node).second) keeper_.set_linked(node, true, host_.clock());
}

void router_home::unlinked(std::uint32_t link) {
  const auto found = peers_.find(link);
  if (found == peers_.end()) return;
  keeper_.set_linked(found->second, false, host_.clock());
  peers_.erase(found);
}

void router_home::see() {
  auto members = home_.members();
  if (all_.spoiled.is(sabotage::given_up_before_caught_up))
    for (directory::member& each : members) each.feed.caught_up = partition_set::first(each.feed.partitions);
  if (all_.spoiled.is(sabotage::dead_router_keeps_its_share) && members.size() < most_.size())
    members = most_;
  if (members.size() >= most_.size()) most_ = members;
  keeper_.see(members, host_.clock());
}

void router_home::hold(const table::partition_set& partitions) {
  const auto& before = host_.holding();
  bool served = false;
  core_.serving().for_each([&](table::partition_id p) { served = served || !partitions.has(p); });
  // A new incarnation of the feed voids what was held of the one before.
  const table::generation feed = core_.state().feed;
  const bool same_feed = std::exchange(held_of_, feed) == feed;
  if (served && same_feed) watcher_.gave_up(home_);
  const bool grown_up = all_.time.now() - home_.began_at() > milliseconds(5000);
  if (before && grown_up) {
    all_.seen.sometimes(situation::partition_taken_over, !before->has_all(partitions));
    all_.seen.sometimes(situation::partition_left_to_others, !partitions.has_all(*before));
  }
  if (all_.trace) {
    std::string list;
    partitions.for_each([&](table::partition_id p) { list.append(" ").append(std::to_string(p)); });
    all_.say(host_.name(), " is to hold", list);
  }
  host_.told_to_hold(partitions);
}

void router_home::read(const table::partition_set& partitions, const table::partition_set& again) {
  host_.post([this, partitions, again] { source_.assign(partitions, again); });
}

void router_home::announce(const directory::feed_share& share) {
  home_.share(share);
}

}  // namespace blotter::sim
