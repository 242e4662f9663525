#include <algorithm>
#include <utility>

#include "node/node.hpp"

// Which link each partition is read from, and what that makes of the node's freshness. The choice is the
// link's, not the client's: when it changes, every client is subscribed anew on the links that it changes
// for.

namespace blotter::node {

namespace {

/// Replicas notice within a second that their broker is gone: only one that is lost for longer than that is
/// so alone.
constexpr milliseconds lost_alone_time = std::chrono::seconds(1);

}  // namespace

bool node::current_generation(const router_link& link) const {
  return link.up && link.feed == tables_.feed() && link.feed != table::generation::none &&
         link.partitions == partitions_;
}

link_health node::health(const router_link& link, instant now) const {
  if (link.silent) return link_health::silent;
  const bool lost = link.lost_since != instant{} && now - link.lost_since > lost_alone_time;
  return lost ? link_health::without_feed : link_health::well;
}

table::partition_set node::reading(link_id link) const {
  const std::uint32_t slot = find(link);
  return slot == table::no_slot ? table::partition_set() : links_[slot].wanted;
}

std::vector<link_offer> node::offers(instant now) const {
  std::vector<link_offer> all;
  for (std::uint32_t slot = 0; slot < links_.size(); ++slot) {
    const router_link& each = links_[slot];
    if (current_generation(each))
      all.push_back({slot, static_cast<std::uint64_t>(each.id), &each.serving, health(each, now)});
  }
  return all;
}

/// With `when_complete` what more is served waits a little for the rest.
void node::choose(instant now, pace how) {
  for (router_link& each : links_) each.last_health = health(each, now);
  spread_at_ = now + options_.spread_time;
  link_choice next = choose_links(choice_, offers(now));
  const bool complete = std::ranges::find(next, table::no_slot) == next.end();
  if (how == pace::at_once || complete) {
    choose_at_ = {};
    adopt(std::move(next), now);
  } else if (next != choice_) {
    choose_at_ = now + options_.partial_choice_time;
  }
  follow_links(now);
}

void node::choose_when_due(instant now) {
  if (choose_at_ != instant{} && now >= choose_at_) choose(now, pace::at_once);
  if (spread_at_ == instant{} || now < spread_at_ || settled_at_ != instant{}) return;
  // Not while tables are being loaded: those would begin again.
  for (std::uint32_t slot = 0; slot < audiences_.end(); ++slot)
    if (audiences_[slot].table != table::table_set::no_table && !audiences_[slot].caught_up)
      spread_at_ = now + options_.spread_time;
  if (now < spread_at_) return;
  spread_at_ = {};
  adopt(spread_links(choice_, offers(now)), now);
  follow_links(now);
}

void node::adopt(link_choice next, instant now) {
  if (next == choice_) return;
  choice_ = std::move(next);
  complete_ = std::ranges::find(choice_, table::no_slot) == choice_.end();
  ++counters_.choices;
  fall_behind(now);
  std::vector<std::uint32_t> other;  // links that read other partitions from now on
  for (std::uint32_t link = 0; link < links_.size(); ++link)
    if (links_[link].up && share_of(choice_, link) != links_[link].wanted) other.push_back(link);
  // What every link has brought must be known before one goes on with the partitions of another.
  for (const std::uint32_t link : other) forget_shares(link);
  for (const std::uint32_t link : other) want(link, share_of(choice_, link));
  for (const std::uint32_t link : other) subscribe_all(link);
}

/// Every client of whom the link has not been asked anew.
void node::subscribe_all(std::uint32_t link) {
  if (!links_[link].in_use()) return;
  for (std::uint32_t slot = 0; slot < audiences_.end(); ++slot) {
    const audience& each = audiences_[slot];
    const bool asked = link < each.shares.size() && each.shares[link].id != link::subscription_id{};
    if (each.table != table::table_set::no_table && !asked) subscribe(slot, link);
  }
}

/// Ends all subscriptions of the link; they begin again one by one.
void node::want(std::uint32_t link, const table::partition_set& partitions) {
  router_link& to = links_[link];
  to.wanted = partitions;
  link::wanted request{partitions.list(), {to.feed, {}}};
  partitions.for_each([&](table::partition_id p) {
    // What any replica has shown, in rows or by its word, this one must have read.
    const auto next = std::max({tables_.complete(p), tables_.horizon(p), reached_[p]});
    if (next > 0) request.reached.seen.set({p, next - 1});
  });
  out_.send(to.id, link::to_router(std::move(request)));
}

/// A table is sure to hold what it held when it was last caught up. A load that broke off gives no place to
/// go on from: a row that changed meanwhile was passed over for its later place, and another replica, which
/// may not have read that yet, would take it for seen.
void node::forget_shares(std::uint32_t link) {
  for (std::uint32_t slot = 0; slot < audiences_.end(); ++slot) {
    audience& each = audiences_[slot];
    if (link >= each.shares.size()) continue;
    if (std::exchange(each.shares[link], {}).caught_up) {
      table::cursor tail = tables_.tail(each.table);
      tables_.bookmark_at(each.table, tail, mark_);
      for (const table::position& p : mark_.seen.all())
        if (links_[link].wanted.has(p.partition)) each.sure.set(p);
    }
  }
}

/// Nothing more comes of what the node wanted of this link.
void node::lose_wants(std::uint32_t link, instant now) {
  if (!links_[link].in_use()) return;
  forget_shares(link);
  links_[link].wanted.clear();
  fall_behind(now);
}

/// No table follows all its partitions until each of its links has said so again.
void node::fall_behind(instant now) {
  for (std::uint32_t slot = 0; slot < audiences_.end(); ++slot) {
    audience& each = audiences_[slot];
    if (each.table == table::table_set::no_table || !each.caught_up) continue;
    each.caught_up = false;
    each.settling = true;
    each.settled_by = now + options_.settle_time;
    if (settled_at_ == instant{}) settled_at_ = each.settled_by;
    tables_.set_following(each.table, table::table_set::following::no);
  }
}

void node::settle(instant now) {
  if (settled_at_ == instant{} || now < settled_at_) return;
  settled_at_ = {};
  for (std::uint32_t slot = 0; slot < audiences_.end(); ++slot) {
    audience& each = audiences_[slot];
    if (!each.settling) continue;
    if (now < each.settled_by) {  // partitions moved again after it had caught up
      settled_at_ = settled_at_ == instant{} ? each.settled_by : std::min(settled_at_, each.settled_by);
      continue;
    }
    each.settling = false;
    for (const std::uint32_t viewer : each.viewers) finish_later(viewer);
  }
}

// Freshness.

void node::follow_links(instant now) {
  using state = link::feed_status::state;
  if (!complete_) return follow_incomplete(now);
  const router_link* worst = nullptr;
  const auto grade = [](const router_link& each) {
    return each.silent ? 3 : each.status.now == state::lost ? 2 : each.status.now == state::loading ? 1 : 0;
  };
  for (const router_link& each : links_)
    if (each.in_use() && (!worst || grade(each) > grade(*worst))) worst = &each;
  switch (worst ? grade(*worst) : 0) {
    case 3:
      return set_freshness(sse::freshness::router, "the router does not answer", now);
    case 2:
      return set_freshness(sse::freshness::feed, worst->status.text, now);
    case 1:
      return set_freshness(sse::freshness::loading, "the feed is being loaded", now);
    default:
      set_freshness(sse::freshness::current, {}, now);
  }
}

/// Some partition is read from nowhere: for want of routers, or because they load it or have no feed.
void node::follow_incomplete(instant now) {
  const auto heard = [](const router_link& each) { return each.up && !each.silent; };
  const auto lost = std::ranges::find_if(links_, [&](const router_link& each) {
    return heard(each) && each.status.now == link::feed_status::state::lost;
  });
  if (std::ranges::none_of(links_, &router_link::up))
    set_freshness(sse::freshness::router, "the link to the router is lost", now);
  else if (std::ranges::none_of(links_, heard))
    set_freshness(sse::freshness::router, "the router does not answer", now);
  else if (lost != links_.end())
    set_freshness(sse::freshness::feed, lost->status.text, now);
  else if (std::ranges::any_of(links_, [&](const router_link& each) {
             return heard(each) && current_generation(each) && !each.serving.empty();
           }))
    set_freshness(sse::freshness::router, "no router serves a part of the feed", now);
  else
    set_freshness(sse::freshness::loading, "the feed is being loaded", now);
}

void node::set_freshness(sse::freshness state, std::string_view text, instant now) {
  if (state == freshness_) return;
  if (freshness_ == sse::freshness::current) stale_since_ = now;
  freshness_ = state;
  freshness_text_ = text;
  finish_all_later();
}

void node::finish_all_later() {
  for (std::uint32_t slot = 0; slot < viewers_.end(); ++slot)
    if (viewers_[slot].audience != table::no_slot) finish_later(slot);
}

void node::finish_later(std::uint32_t slot) {
  if (viewers_[slot].queued) return;
  viewers_[slot].queued = true;
  unfinished_.push_back(slot);
}

}  // namespace blotter::node
