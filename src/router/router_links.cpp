#include <algorithm>
#include <utility>
#include <vector>

#include "base/overloaded.hpp"
#include "router/router.hpp"

// The half of a router that faces nodes: what each link wants, and what it is sent. The half that faces the
// feed is in router.cpp.

namespace blotter::router {

namespace {

constexpr milliseconds progress_period{50};
/// Rows of one subscription in a row before the next has its turn: a large table does not hold up small ones.
constexpr std::size_t turn_rows_max = 128;
/// Subscriptions of one link before the next link has its turn: a node that asks for a hundred thousand
/// clients at once does not hold up another's live rows.
constexpr std::size_t turn_subscriptions_max = 64;

std::uint64_t number(link::subscription_id id) {
  return static_cast<std::uint64_t>(id);
}

}  // namespace

void router::link_up(link_id id, instant now) {
  link_state& link = links_[static_cast<std::uint32_t>(id)];
  link.id = id;
  link.beat_next = link.progress_next = now;
  if (state_.partitions > 0) {
    out_.send(id, link::feed_began{state_.feed, state_.partitions, {}});
    out_.send(id, link::serving{serving_.list()});
  }
  const link::feed_status current = status();
  link.owes_status = current.now == link::feed_status::state::current;
  if (!link.owes_status) out_.send(id, current);
  pump(link);
}

void router::link_lost(link_id id, instant now) {
  const auto found = links_.find(static_cast<std::uint32_t>(id));
  if (found == links_.end()) return;
  end_wants(found->second);
  links_.erase(found);
  let_go_of_unread(now);
}

void router::received(link_id id, link::to_router message, instant now) {
  const auto found = links_.find(static_cast<std::uint32_t>(id));
  if (found == links_.end()) return;  // lost meanwhile
  link_state& link = found->second;
  std::visit(overloaded{[&](link::subscribe& request) { subscribe(link, std::move(request)); },
                        [&](const link::unsubscribe& request) { unsubscribe(link, request.id); },
                        [&](link::wanted& request) {
                          want(link, std::move(request));
                          let_go_of_unread(now);
                        },
                        [&](const link::taken& window) {
                          link.taken_bytes =
                              std::clamp(window.bytes_total, link.taken_bytes, link.sent_bytes);
                          pump(link);
                        },
                        [&](const link::heartbeat&) {}},
             message);
  tell_progress_when_due(link, now);
}

// Subscriptions.

void router::want(link_state& link, link::wanted what) {
  end_wants(link);
  if (what.reached.feed != state_.feed) return;  // the node has yet to hear of this generation
  link.in_force = true;
  for (const table::partition_id each : what.partitions)
    if (each < state_.partitions) link.wanted.add(each);
  for (const table::position& each : what.reached.seen.all())
    if (link.wanted.has(each.partition)) link.reached.set(each);
  look_whether_ready(link);
}

/// With `ready` rows of all that is wanted may be sent: a replica that is behind another would show the node
/// what it has forgotten the delete of.
void router::look_whether_ready(link_state& link) {
  if (link.ready || !link.in_force || link.wanted.empty() || !loaded_.has_all(link.wanted)) return;
  for (const table::position& each : link.reached.all())
    if (each.offset >= tables_.complete(each.partition)) return;
  link.ready = true;
  for (const std::uint32_t slot : slots_of(link)) queue(slot);
}

/// Ends what the link wanted with all its subscriptions: the node wants anew.
void router::end_wants(link_state& link) {
  for (const std::uint32_t slot : slots_of(link)) free_subscription(slot);
  link.subscriptions.clear();
  link.unread.clear();
  link.behind = 0;
  link.wanted.clear();
  link.reached.clear();
  link.in_force = link.ready = false;
  link.told.clear();
  link.told_version = 0;
}

/// In the order of their numbers: a hash's own order is another with each standard library, and one seed
/// must be one life.
std::vector<std::uint32_t> router::slots_of(const link_state& link) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> all(link.subscriptions.begin(),
                                                           link.subscriptions.end());
  std::ranges::sort(all);
  std::vector<std::uint32_t> slots(all.size());
  std::ranges::transform(all, slots.begin(), &std::pair<std::uint64_t, std::uint32_t>::second);
  return slots;
}

void router::subscribe(link_state& link, link::subscribe request) {
  if (!link.in_force) return;  // of what has ended
  if (request.client.empty() || request.client.size() > table::client_id_size_max ||
      link.subscriptions.size() >= options_.subscriptions_max ||
      link.subscriptions.contains(number(request.id))) {
    ++state_.subscriptions_refused;
    return;
  }
  const std::uint32_t slot = subscriptions_.take();
  subscription& mine = subscriptions_[slot];
  mine.id = request.id;
  mine.link = &link;
  mine.client = std::move(request.client);
  mine.have = std::move(request.have);
  link.subscriptions.emplace(number(request.id), slot);
  attach(slot);
  if (link.ready) queue(slot);
}

void router::unsubscribe(link_state& link, link::subscription_id id) {
  const auto found = link.subscriptions.find(number(id));
  if (found == link.subscriptions.end()) return;
  const std::uint32_t slot = found->second;
  link.subscriptions.erase(found);
  if (subscriptions_[slot].queued && subscriptions_[slot].caught_up) --link.behind;
  if (subscriptions_[slot].queued) std::replace(link.unread.begin(), link.unread.end(), slot, table::no_slot);
  free_subscription(slot);
}

void router::free_subscription(std::uint32_t slot) {
  detach(slot);
  subscriptions_[slot] = {};
  subscriptions_.give_back(slot);
}

/// Puts the subscription into its table's list, whose head is the table's tag.
void router::attach(std::uint32_t slot) {
  subscription& mine = subscriptions_[slot];
  mine.table = tables_.find_or_add(mine.client);
  mine.next = tables_.tag(mine.table);
  tables_.set_tag(mine.table, slot);
}

void router::detach(std::uint32_t slot) {
  const subscription& mine = subscriptions_[slot];
  std::uint32_t each = tables_.tag(mine.table);
  if (each == slot) {
    tables_.set_tag(mine.table, mine.next);
    return;
  }
  while (subscriptions_[each].next != slot) each = subscriptions_[each].next;
  subscriptions_[each].next = mine.next;
}

void router::queue(std::uint32_t slot) {
  subscription& mine = subscriptions_[slot];
  if (mine.queued) return;
  mine.queued = true;
  if (mine.caught_up) ++mine.link->behind;
  mine.link->unread.push_back(slot);
}

// Sending.

bool router::flush() {
  bool more = false;
  for (auto& [_, link] : links_) more = pump(link) || more;
  return more;
}

void router::pump_all() {
  for (auto& [_, link] : links_) pump(link);
}

bool router::window_open(const link_state& link) const {
  return link.sent_bytes - link.taken_bytes < options_.window_bytes;
}

/// One turn. True when more could be sent.
bool router::pump(link_state& link) {
  link::rows message;
  std::size_t turns = turn_subscriptions_max;
  for (; turns > 0 && !link.unread.empty() && window_open(link); --turns) {
    const std::uint32_t slot = link.unread.front();
    link.unread.pop_front();
    if (slot == table::no_slot) continue;
    subscription& mine = subscriptions_[slot];
    mine.queued = false;
    if (mine.caught_up) --link.behind;
    if (!mine.reading) {
      flush(link, message);
      begin_reading(mine);
    }
    if (!read_into(slot, message))
      queue(slot);
    else if (!mine.caught_up) {
      flush(link, message);
      catch_up(slot);
    }
    if (message.all.size() >= options_.message_rows_max) flush(link, message);
  }
  flush(link, message);
  if (link.owes_status && link.unread.empty()) {
    link.owes_status = false;
    out_.send(link.id, status());
  }
  return !link.unread.empty() && window_open(link);
}

void router::begin_reading(subscription& mine) {
  using resumed = link::subscription_began::resumed;
  mine.reading = true;
  auto how = resumed::yes;
  if (tables_.resume(mine.table, mine.have, mine.at, &mine.link->wanted) != table::resume_verdict::resumed) {
    how = resumed::no;
    mine.at = tables_.start(mine.table, table::table_set::deletes::read);
  }
  mine.have = {};
  out_.send(mine.link->id, link::subscription_began{mine.id, how});
}

/// The node judges its viewers' bookmarks by how far the feed goes and from where on deletes are known: it
/// must know both before it serves the first of them.
void router::catch_up(std::uint32_t slot) {
  subscription& mine = subscriptions_[slot];
  link_state& link = *mine.link;
  if (link.behind == 0)
    tell_progress(link);
  else if (owes_horizon(link))
    return queue(slot);  // behind those whose rows the node must have before it can be told
  mine.caught_up = true;
  out_.send(link.id, link::subscription_caught_up{mine.id});
}

bool router::owes_horizon(const link_state& link) const {
  if (link.told_version == tables_.progress_version()) return false;
  bool owes = false;
  link.wanted.for_each([&](table::partition_id p) {
    owes = owes || tables_.horizon(p) > (p < link.told.size() ? link.told[p].horizon : 0);
  });
  return owes;
}

bool router::read_into(std::uint32_t slot, link::rows& message) {
  subscription& mine = subscriptions_[slot];
  link_state& link = *mine.link;
  const std::uint64_t window_left = options_.window_bytes - (link.sent_bytes - link.taken_bytes);
  const table::read_budget budget{turn_rows_max, window_left};
  const auto take = [&](const table::row_view& row) {
    message.all.push_back({mine.id, row.content, row.at, row.time, row.kind, row.moved});
    const std::uint64_t cost = link::row_cost(message.all.back());
    link.sent_bytes += cost;
    return cost;
  };
  const table::read_end end = tables_.read_of(link.wanted, mine.table, mine.at, budget, take);
  if (end == table::read_end::behind) {
    // Deletes that this node has not seen are forgotten: it gets the table whole.
    flush(link, message);
    mine.at = tables_.start(mine.table, table::table_set::deletes::read);
    mine.caught_up = false;
    out_.send(link.id, link::subscription_began{mine.id, link::subscription_began::resumed::no});
  }
  return end == table::read_end::tail;
}

void router::flush(link_state& link, link::rows& message) {
  if (message.all.empty()) return;
  out_.send(link.id, std::exchange(message, {}));
}

/// The caller has seen to it that no caught-up subscription is behind.
void router::tell_progress(link_state& link) {
  if (link.told_version == tables_.progress_version()) return;
  link.told_version = tables_.progress_version();
  link::progress moved;
  link.told.resize(tables_.partitions());
  link.wanted.for_each([&](table::partition_id p) {
    const link::progress::of_partition mine{p, tables_.complete(p), tables_.horizon(p)};
    if (p >= link.told.size() || mine == link.told[p]) return;
    link.told[p] = mine;
    moved.partitions.push_back(mine);
  });
  if (!moved.partitions.empty()) out_.send(link.id, std::move(moved));
}

void router::tell_progress_when_due(link_state& link, instant now) {
  if (!link.ready || now < link.progress_next || link.behind > 0) return;
  link.progress_next = now + progress_period;
  tell_progress(link);
}

}  // namespace blotter::router
