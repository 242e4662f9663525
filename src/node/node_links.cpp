#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/overloaded.hpp"
#include "node/node.hpp"

// What routers tell a node, link by link. Positions make rows of two replicas one row; a link is known by its
// slot here.

namespace blotter::node {

std::uint32_t node::find(link_id id) const {
  for (std::uint32_t slot = 0; slot < links_.size(); ++slot)
    if (links_[slot].up && links_[slot].id == id) return slot;
  return table::no_slot;
}

std::uint32_t node::find(std::uint32_t link, link::subscription_id id) const {
  const auto slot = static_cast<std::uint32_t>(static_cast<std::uint64_t>(id));
  if (slot >= audiences_.end()) return table::no_slot;
  const audience& mine = audiences_[slot];
  if (link >= mine.shares.size() || mine.shares[link].id != id || id == link::subscription_id{})
    return table::no_slot;
  return slot;
}

void node::link_up(link_id id, instant now) {
  check(find(id) == table::no_slot);
  if (stale_since_ == instant{}) stale_since_ = now;  // nothing has been current yet
  std::uint32_t slot = 0;
  while (slot < links_.size() && links_[slot].up) ++slot;
  if (slot == links_.size()) links_.emplace_back();
  links_[slot] = {};
  links_[slot].id = id;
  links_[slot].up = true;
  links_[slot].heard = now;
}

void node::link_lost(link_id id, instant now) {
  const std::uint32_t slot = find(id);
  if (slot == table::no_slot) return;
  lose_wants(slot, now);
  links_[slot] = {};
  choose(now, pace::at_once);
}

void node::received(link_id from, link::to_node message, instant now) {
  const std::uint32_t slot = find(from);
  if (slot == table::no_slot) return;  // lost meanwhile
  router_link& mine = links_[slot];
  mine.heard = now;
  hear(slot, message, now);
  if (mine.silent && mine.resumed == instant{}) mine.resumed = now;
  follow_links(now);
}

void node::hear(std::uint32_t link, link::to_node& message, instant now) {
  router_link& mine = links_[link];
  std::visit(overloaded{[&](const link::feed_began& what) { began(link, what, now); },
                        [&](const link::serving& what) { serves(link, what, now); },
                        [&](const link::subscription_began& what) { subscription_began(link, what); },
                        [&](const link::rows& what) { apply(link, what); },
                        [&](const link::subscription_caught_up& what) { caught_up(link, what, now); },
                        [&](const link::progress& what) { follow_progress(link, what); },
                        [&](link::feed_status& what) {
                          const bool lost = what.now == link::feed_status::state::lost;
                          if (!lost || mine.lost_since == instant{}) mine.lost_since = lost ? now : instant{};
                          mine.status = std::move(what);
                        },
                        [&](const link::heartbeat& what) { out_.send(mine.id, link::to_router(what)); }},
             message);
}

void node::serves(std::uint32_t link, const link::serving& what, instant now) {
  router_link& mine = links_[link];
  mine.serving.clear();
  for (const table::partition_id each : what.partitions)
    if (each < mine.partitions) mine.serving.add(each);
  choose(now, mine.serving.has_all(mine.wanted) ? pace::when_complete : pace::at_once);
}

void node::subscription_began(std::uint32_t link, const link::subscription_began& what) {
  const std::uint32_t slot = find(link, what.id);
  if (slot == table::no_slot) return;
  audience& mine = audiences_[slot];
  mine.shares[link].caught_up = false;
  if (what.how == link::subscription_began::resumed::yes) return;
  start_over(slot, link);  // the router can not say what was deleted meanwhile
}

void node::apply(std::uint32_t link, const link::rows& message) {
  router_link& from = links_[link];
  changes_.clear();
  for (const link::row& each : message.all) {
    from.taken_bytes += link::row_cost(each);
    const std::uint32_t slot = find(link, each.id);
    if (slot == table::no_slot || !from.wanted.has(each.at.partition)) continue;  // of what has ended
    reached_[each.at.partition] = std::max(reached_[each.at.partition], each.at.offset + 1);
    changes_.push_back({audiences_[slot].client,
                        each.content.key(),
                        {},
                        each.at,
                        each.time,
                        each.kind,
                        &each.content,
                        each.moved});
  }
  counters_.rows_received += changes_.size();
  tables_.apply(changes_, [&](table::table_id id) {
    const std::uint32_t slot = tables_.tag(id);
    if (slot == table::no_slot || audiences_[slot].changed) return;
    audiences_[slot].changed = true;
    changed_.push_back(slot);
  });
  if (from.taken_bytes - from.taken_told < options_.taken_step_bytes) return;
  from.taken_told = from.taken_bytes;
  out_.send(from.id, link::to_router(link::taken{from.taken_bytes}));
}

void node::caught_up(std::uint32_t link, const link::subscription_caught_up& what, instant now) {
  const std::uint32_t slot = find(link, what.id);
  if (slot == table::no_slot) return;
  audience& mine = audiences_[slot];
  mine.shares[link].caught_up = true;
  links_[link].wanted.for_each([&](table::partition_id p) { mine.sure.erase(p); });
  if (!complete_) return;
  for (std::uint32_t each = 0; each < links_.size(); ++each)
    if (links_[each].in_use() && !mine.shares[each].caught_up) return;
  mine.loaded = mine.caught_up = true;
  mine.settling = false;
  tables_.set_following(mine.table, table::table_set::following::yes);
  answer_requests(mine);
  if (!mine.changed) {
    mine.changed = true;
    changed_.push_back(slot);
  }
  idle_if_alone(slot, now);
}

void node::follow_progress(std::uint32_t link, const link::progress& what) {
  for (const auto& each : what.partitions) {
    if (!links_[link].wanted.has(each.partition)) continue;  // another link speaks for it now
    tables_.set_complete(each.partition, each.complete);
    tables_.raise_horizon(each.partition, each.horizon);
  }
}

void node::watch_silence(instant now) {
  // While this loop itself stood still, the routers' words have been waiting for it: that is not their
  // silence.
  const auto stall =
      ticked_ != instant{} && now - ticked_ > link::heartbeat_period ? now - ticked_ : instant::duration{};
  ticked_ = now;
  bool changed = false;
  for (router_link& each : links_) {
    if (!each.up) continue;
    each.heard += stall;
    if (now - each.heard > link::silence_max) {
      each.silent = true;
      each.resumed = {};
    } else if (each.silent && each.resumed != instant{} && now - each.resumed >= link::heartbeat_period) {
      each.silent = false;  // what the link had held back has come by now: its first word came ahead of rows
    }
    changed = changed || each.last_health != health(each, now);
  }
  if (changed) choose(now, pace::at_once);
}

}  // namespace blotter::node
