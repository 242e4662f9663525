#include "directory/holdings.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "directory/partition_text.hpp"

namespace blotter::directory {

namespace {

/// This process stood still when it has not looked for so long: over a second, as it looks each second.
constexpr milliseconds still_for{1'500};

}  // namespace

holdings::holdings(member_id self, holdings_options options) : self_(std::move(self)), options_(options) {
  check(options_.replicas > 0);
}

void holdings::begin(std::uint64_t generation, std::uint32_t partitions, instant now) {
  if (partitions > partitions_max) partitions = 0;
  generation_ = generation;
  parts_.assign(partitions, {});
  caught_up_ = {};
  wanted_ = {};
  takers_.clear();
  decide(now);
}

void holdings::set_caught_up(partition_set all, instant now) {
  caught_up_ = std::move(all);
  decide(now);
}

void holdings::see(std::span<const member> all, instant now) {
  if (!first_seen_) first_seen_ = now;
  others_.clear();
  for (const member& each : all) {
    const bool takes = each.stage != stage::draining && each.id != self_ &&
                       std::ranges::find(each.roles, role::router) != each.roles.end();
    if (takes) others_.push_back(each);
  }
  feel_pulses(all, now);
  decide(now);
}

void holdings::feel_pulses(std::span<const member> all, instant now) {
  ++views_;
  for (const member& each : all) {
    pulse& its = pulses_.try_emplace(each.id, pulse{each.load.number, now, views_}).first->second;
    if (std::exchange(its.number, each.load.number) != each.load.number) its.grew = now;
    its.view = views_;
  }
  std::erase_if(pulses_, [this](const auto& each) { return each.second.view != views_; });
}

// One that began while the directory was away has taken up everything, alone as it seemed: what it finds when
// the directory is back is as doubtful to it as to those who were there before.
void holdings::set_sight(sight how, instant now) {
  sighted_ = sighted_ || how == sight::clear;
  if (how == sight::lost && (sighted_ || !held_.empty())) trusted_from_ = now + options_.trust_after;
  decide(now);
}

void holdings::set_linked(const member_id& who, bool yes, instant now) {
  int& links = linked_[who];
  links += yes ? 1 : -1;
  if (links <= 0) linked_.erase(who);
  decide(now);
}

void holdings::set_room(intake room, instant now) {
  room_ = room;
  decide(now);
}

void holdings::drain(instant now) {
  draining_ = true;
  decide(now);
}

void holdings::tick(instant now) {
  decide(now);
}

feed_share holdings::announced() const {
  feed_share share{.generation = generation_,
                   .partitions = static_cast<std::uint32_t>(parts_.size()),
                   .held = held_,
                   .room = room_};
  held_.for_each([&](partition_id p) {
    if (parts_[p].is == state::announced) share.caught_up.add(p);
  });
  return share;
}

void holdings::decide(instant now) {
  if (decided_ && now - *decided_ > still_for) trusted_from_ = now + options_.trust_after;
  decided_ = now;
  if (generation_ == 0) return;
  if (first_seen_) assign();
  readers_know_ = std::ranges::all_of(linked_, [&](const auto& each) { return is_known(each.first, now); });
  for (std::uint32_t p = 0; p < parts_.size() && first_seen_; ++p) decide(p, now);
  looked_ = first_seen_ && now - *first_seen_ >= options_.begin_after;
  held_ = {};
  for (std::uint32_t p = 0; p < parts_.size(); ++p)
    if (parts_[p].is != state::none) held_.add(p);
}

void holdings::decide(std::uint32_t partition, instant now) {
  part& one = parts_[partition];
  const bool mine = is_mine(partition);
  if (one.is == state::none && mine && now - *first_seen_ >= options_.begin_after) one = {state::loading};
  if (one.is == state::announced && !caught_up_.has(partition)) one.is = state::loading;
  const bool gives_up = !mine && trusts(now) && relieved(partition);
  if (one.is == state::loading) {
    if (!mine && (gives_up || draining_ || room_ == intake::full || young(now)))
      one.is = state::none;
    else if (caught_up_.has(partition))
      one.is = state::announced;
  }
  const bool goes = gives_up && readers_know_;
  if (one.is == state::announced && goes && (!one.retry || now >= *one.retry)) {
    one.is = state::leaving;
    one.since = now;
  }
  if (one.is != state::leaving) return;
  if (!goes) {
    one.is = state::announced;
    if (!gives_up) one.retry = now + options_.retry_after;
  } else if (now - one.since >= options_.let_go_after) {
    one.is = state::none;
  }
}

// Reports come every second and change nothing here: only who is there, and what full ones hold, does.
void holdings::assign() {
  std::vector<partition_taker> takers;
  for (const member& each : others_)
    takers.push_back(
        {each.id, each.feed.room, each.feed.room == intake::full ? each.feed.held : partition_set()});
  if (!draining_)
    takers.push_back({self_, room_, room_ == intake::full ? announced_or_leaving() : partition_set()});
  const auto partitions = static_cast<std::uint32_t>(parts_.size());
  if (takers == takers_ && wanted_.partitions() == partitions) return;
  takers_ = std::move(takers);
  wanted_ = assign_partitions(partitions, options_.replicas, takers_);
}

partition_set holdings::announced_or_leaving() const {
  partition_set some;
  held_.for_each([&](partition_id p) {
    if (p < parts_.size() && parts_[p].is != state::loading) some.add(p);
  });
  return some;
}

bool holdings::is_mine(std::uint32_t partition) const {
  return !draining_ && wanted_.gives(partition, static_cast<std::uint32_t>(others_.size()));
}

bool holdings::relieved(std::uint32_t partition) const {
  const auto holders = wanted_.holders(partition);
  const auto has_it = [&](std::uint32_t index) {
    return index < others_.size() && others_[index].feed.generation == generation_ &&
           others_[index].feed.caught_up.has(partition);
  };
  return holders.size() == std::min<std::size_t>(options_.replicas, takers_.size()) && !holders.empty() &&
         std::ranges::all_of(holders, has_it);
}

bool holdings::is_known(const member_id& reader, instant now) const {
  const auto found = pulses_.find(reader);
  return found != pulses_.end() && now - found->second.grew < options_.reader_known_for;
}

}  // namespace blotter::directory
