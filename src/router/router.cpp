#include "router/router.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "base/check.hpp"
#include "base/overloaded.hpp"

namespace blotter::router {

namespace {

constexpr milliseconds progress_period{50};
/// Rows of one subscription in a row before the next has its turn: a large table does not hold up small ones.
constexpr std::size_t turn_rows_max = 128;

std::uint64_t number(link::subscription_id id) {
  return static_cast<std::uint64_t>(id);
}

}  // namespace

router::router(router_options options, sink& out) : options_(options), out_(out), tables_(options.tables) {}

// The feed.

void router::handle(const feed::event& what, instant now) {
  std::visit(
      overloaded{
          [&](const feed::change_batch& batch) { apply(batch); },
          [&](const feed::generation_began& began_now) { began(began_now); },
          [&](const feed::partition_caught_up& partition) { caught_up(partition); },
          [&](const feed::horizon_known& known) { tables_.raise_horizon(known.partition, known.offset); },
          [&](const feed::feed_lost& why) { lost(why); }, [&](const feed::feed_restored&) { restored(); },
          [&](const feed::load_progress& progress) { state_.load = progress; }},
      what);
  pump_all();
  for (auto& [_, link] : links_) tell_progress_when_due(link, now);
}

void router::began(const feed::generation_began& what) {
  check(what.partitions > 0);
  tables_.clear(what.id);
  tables_.set_loading(table::table_set::loading::yes);
  state_.phase = router_state::feed_phase::loading;
  state_.text = what.reason;
  state_.feed = what.id;
  state_.partitions = what.partitions;
  state_.partitions_caught_up = 0;
  partition_caught_up_.assign(what.partitions, false);
  for (auto& [_, link] : links_) {
    link.told.clear();
    link.told_version = 0;
    link.unread.clear();
    link.behind = 0;
    out_.send(link.id, link::feed_began{what.id, what.partitions, what.reason});
    for (const auto& [id, slot] : link.subscriptions) {
      subscription& mine = subscriptions_[slot];
      mine.have = {};
      mine.reading = mine.caught_up = mine.queued = false;
      attach(slot);
    }
  }
  tell_status();
}

void router::apply(const feed::change_batch& batch) {
  std::uint64_t applied = 0;
  std::span<const table::row_change> changes = batch.changes;
  // What the feed gives again is let go by: the tables may have forgotten the delete that came after it.
  const auto known = [this](const table::row_change& each) {
    return each.at.offset < tables_.complete(each.at.partition);
  };
  std::vector<table::row_change> unknown;
  if (std::ranges::any_of(changes, known)) {
    std::ranges::remove_copy_if(changes, std::back_inserter(unknown), known);
    changes = unknown;
  }
  tables_.apply(changes, [&](table::table_id id) {
    ++applied;
    for (std::uint32_t slot = tables_.tag(id); slot != table::no_slot; slot = subscriptions_[slot].next)
      if (subscriptions_[slot].reading) queue(slot);
  });
  state_.changes_applied += applied;
  state_.changes_outdated += batch.changes.size() - applied;
  for (const table::row_change& each : batch.changes)
    tables_.set_complete(each.at.partition, each.at.offset + 1);
}

void router::caught_up(const feed::partition_caught_up& what) {
  check(what.partition < state_.partitions);
  tables_.set_complete(what.partition, what.next);
  if (partition_caught_up_[what.partition]) return;
  partition_caught_up_[what.partition] = true;
  ++state_.partitions_caught_up;
  if (!serving()) return;
  tables_.set_loading(table::table_set::loading::no);
  if (state_.phase == router_state::feed_phase::loading) state_.phase = router_state::feed_phase::current;
  for (auto& [_, link] : links_)
    for (const auto& [id, slot] : link.subscriptions) queue(slot);
  tell_status();
}

void router::lost(const feed::feed_lost& what) {
  state_.phase = router_state::feed_phase::lost;
  state_.text = what.reason;
  tell_status();
}

void router::restored() {
  state_.phase = serving() ? router_state::feed_phase::current : router_state::feed_phase::loading;
  state_.text.clear();
  tell_status();
}

link::feed_status router::status() const {
  using state = link::feed_status::state;
  if (state_.phase == router_state::feed_phase::lost) return {state::lost, state_.text};
  if (!serving()) return {state::loading, state_.text};
  return {state::current, {}};
}

void router::tell_status() {
  const link::feed_status now = status();
  for (auto& [_, link] : links_) {
    link.owes_status = now.now == link::feed_status::state::current;
    if (!link.owes_status) out_.send(link.id, now);
  }
}

// Links.

void router::link_up(link_id id, instant now) {
  link_state& link = links_[static_cast<std::uint32_t>(id)];
  link.id = id;
  link.beat_next = link.progress_next = now;
  if (state_.partitions > 0) out_.send(id, link::feed_began{state_.feed, state_.partitions, {}});
  const link::feed_status current = status();
  link.owes_status = current.now == link::feed_status::state::current;
  if (!link.owes_status) out_.send(id, current);
  pump(link);
}

void router::link_lost(link_id id) {
  const auto found = links_.find(static_cast<std::uint32_t>(id));
  if (found == links_.end()) return;
  for (const auto& [_, slot] : found->second.subscriptions) {
    detach(slot);
    subscriptions_[slot] = {};
    subscriptions_.give_back(slot);
  }
  links_.erase(found);
}

void router::received(link_id id, link::to_router message, instant now) {
  const auto found = links_.find(static_cast<std::uint32_t>(id));
  if (found == links_.end()) return;  // lost meanwhile
  link_state& link = found->second;
  std::visit(overloaded{[&](link::subscribe& request) { subscribe(link, std::move(request)); },
                        [&](const link::unsubscribe& request) { unsubscribe(link, request.id); },
                        [&](const link::taken& window) {
                          link.taken_bytes =
                              std::clamp(window.bytes_total, link.taken_bytes, link.sent_bytes);
                        },
                        [&](const link::wanted&) {}, [&](const link::heartbeat&) {}},
             message);
  pump(link);
  tell_progress_when_due(link, now);
}

void router::tick(instant now) {
  for (auto& [_, link] : links_) {
    if (now >= link.beat_next) {
      link.beat_next = now + link::heartbeat_period;
      out_.send(link.id, link::heartbeat{++link.beat});
    }
    tell_progress_when_due(link, now);
  }
}

// Subscriptions.

void router::subscribe(link_state& link, link::subscribe request) {
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
  if (serving()) queue(slot);
}

void router::unsubscribe(link_state& link, link::subscription_id id) {
  const auto found = link.subscriptions.find(number(id));
  if (found == link.subscriptions.end()) return;
  const std::uint32_t slot = found->second;
  link.subscriptions.erase(found);
  if (subscriptions_[slot].queued && subscriptions_[slot].caught_up) --link.behind;
  if (subscriptions_[slot].queued) std::replace(link.unread.begin(), link.unread.end(), slot, table::no_slot);
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

void router::pump_all() {
  for (auto& [_, link] : links_) pump(link);
}

bool router::window_open(const link_state& link) const {
  return link.sent_bytes - link.taken_bytes < options_.window_bytes;
}

void router::pump(link_state& link) {
  link::rows message;
  while (!link.unread.empty() && window_open(link)) {
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
}

void router::begin_reading(subscription& mine) {
  using resumed = link::subscription_began::resumed;
  mine.reading = true;
  auto how = resumed::yes;
  if (tables_.resume(mine.table, mine.have, mine.at) != table::resume_verdict::resumed) {
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
  for (table::partition_id p = 0; p < tables_.partitions(); ++p)
    if (tables_.horizon(p) > (p < link.told.size() ? link.told[p].horizon : 0)) return true;
  return false;
}

bool router::read_into(std::uint32_t slot, link::rows& message) {
  subscription& mine = subscriptions_[slot];
  link_state& link = *mine.link;
  const std::uint64_t window_left = options_.window_bytes - (link.sent_bytes - link.taken_bytes);
  const table::read_budget budget{turn_rows_max, window_left};
  const table::read_end end = tables_.read(mine.table, mine.at, budget, [&](const table::row_view& row) {
    message.all.push_back({mine.id, row.content, row.at, row.time, row.kind});
    const std::uint64_t cost = link::row_cost(message.all.back());
    link.sent_bytes += cost;
    return cost;
  });
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
  for (table::partition_id p = 0; p < tables_.partitions(); ++p) {
    const link::progress::of_partition mine{p, tables_.complete(p), tables_.horizon(p)};
    if (mine == link.told[p]) continue;
    link.told[p] = mine;
    moved.partitions.push_back(mine);
  }
  if (!moved.partitions.empty()) out_.send(link.id, std::move(moved));
}

void router::tell_progress_when_due(link_state& link, instant now) {
  if (now < link.progress_next || link.behind > 0) return;
  link.progress_next = now + progress_period;
  tell_progress(link);
}

}  // namespace blotter::router
