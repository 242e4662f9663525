#include "router/router.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "base/check.hpp"
#include "base/overloaded.hpp"

// The half of a router that faces the feed: what it holds and how far it is with it. The half that faces
// nodes is in router_links.cpp.

namespace blotter::router {

namespace {

/// Places looked at in one go while a partition is forgotten: a millisecond or two.
constexpr std::size_t sweep_slots_max = 20'000;

}  // namespace

router::router(router_options options, sink& out) : options_(options), out_(out), tables_(options.tables) {}

// The feed.

void router::handle(const feed::event& what, instant now) {
  std::visit(overloaded{[&](const feed::change_batch& batch) { apply(batch); },
                        [&](const feed::generation_began& began_now) { began(began_now); },
                        [&](const feed::partition_began& partition) { began(partition, now); },
                        [&](const feed::partition_caught_up& partition) { caught_up(partition); },
                        [&](const feed::horizon_known& known) {
                          if (begun_.has(known.partition))
                            tables_.raise_horizon(known.partition, known.offset);
                        },
                        [&](const feed::feed_lost& why) { lost(why); },
                        [&](const feed::feed_restored&) { restored(); },
                        [&](const feed::load_progress& progress) { state_.load = progress; }},
             what);
  for (auto& [_, link] : links_) look_whether_ready(link);
  pump_all();
  for (auto& [_, link] : links_) tell_progress_when_due(link, now);
}

void router::began(const feed::generation_began& what) {
  check(what.partitions > 0);
  for (auto& [_, link] : links_) end_wants(link);
  tables_.clear(what.id);
  dropping_ = {};
  drop_next_.clear();
  leaving_.clear();
  loaded_.clear();
  begun_.clear();
  refused_.clear();
  held_ = table::partition_set::first(what.partitions);
  if (holds_all_)
    begun_ = held_;
  else
    held_ = asked_.common(held_);
  serving_.clear();
  state_.phase = router_state::feed_phase::loading;
  state_.text = what.reason;
  state_.feed = what.id;
  state_.partitions = what.partitions;
  count_partitions();
  for (auto& [_, link] : links_) {
    out_.send(link.id, link::feed_began{what.id, what.partitions, what.reason});
    out_.send(link.id, link::serving{});
  }
  tell_status();
}

/// All that there is of the partition is of an earlier reading.
void router::began(const feed::partition_began& what, instant now) {
  const table::partition_id p = what.partition;
  if (!held_.has(p) && !leaving_.contains(p)) return;
  const bool has_rows = begun_.has(p) || dropping_.partitions.has(p) || drop_next_.has(p);
  if (loaded_.has(p)) {
    loaded_.remove(p);
    tell_serving();
    for (auto& [_, link] : links_)
      if (link.wanted.has(p)) end_wants(link);
    let_go_of_unread(now);
    if (!held_.has(p)) return;
  }
  if (has_rows) {
    table::table_set::sweep at_once;
    at_once.partitions.add(p);
    tables_.drop_partitions(at_once, SIZE_MAX);
    dropping_.partitions.remove(p);
    drop_next_.remove(p);
  }
  begun_.add(p);
  count_partitions();
}

void router::apply(const feed::change_batch& batch) {
  std::uint64_t applied = 0;
  std::span<const table::row_change> changes = batch.changes;
  // What the feed gives again is let go by: the tables may have forgotten the delete that came after it. And
  // what it still gives of a partition that was given up.
  const auto unwanted = [this](const table::row_change& each) {
    return !begun_.has(each.at.partition) || each.at.offset < tables_.complete(each.at.partition);
  };
  std::vector<table::row_change> wanted;
  if (std::ranges::any_of(changes, unwanted)) {
    std::ranges::remove_copy_if(changes, std::back_inserter(wanted), unwanted);
    changes = wanted;
  }
  tables_.apply(changes, [&](table::table_id id) {
    ++applied;
    for (std::uint32_t slot = tables_.tag(id); slot != table::no_slot; slot = subscriptions_[slot].next)
      if (subscriptions_[slot].reading) queue(slot);
  });
  state_.changes_applied += applied;
  state_.changes_outdated += batch.changes.size() - applied;
  for (const table::row_change& each : changes) tables_.set_complete(each.at.partition, each.at.offset + 1);
  shed_when_full();
}

void router::caught_up(const feed::partition_caught_up& what) {
  check(what.partition < state_.partitions);
  if (!begun_.has(what.partition)) return;
  tables_.set_complete(what.partition, what.next);
  if (loaded_.has(what.partition)) return;
  loaded_.add(what.partition);
  if (all_loaded() && state_.phase == router_state::feed_phase::loading)
    state_.phase = router_state::feed_phase::current;
  tell_serving();
}

void router::lost(const feed::feed_lost& what) {
  state_.phase = router_state::feed_phase::lost;
  state_.text = what.reason;
  tell_status();
}

void router::restored() {
  state_.phase = all_loaded() ? router_state::feed_phase::current : router_state::feed_phase::loading;
  state_.text.clear();
  tell_status();
}

link::feed_status router::status() const {
  using state = link::feed_status::state;
  if (state_.phase == router_state::feed_phase::lost) return {state::lost, state_.text};
  if (serving_.empty()) return {state::loading, state_.text};
  return {state::current, {}};
}

void router::tell_status() {
  const link::feed_status now = status();
  for (auto& [_, link] : links_) {
    link.owes_status = now.now == link::feed_status::state::current;
    if (!link.owes_status) out_.send(link.id, now);
  }
}

// Partitions.

void router::hold(const table::partition_set& partitions, instant now) {
  holds_all_ = false;
  asked_ = partitions;
  if (state_.partitions > 0) take_up_and_give_up(now);
}

void router::take_up_and_give_up(instant now) {
  const table::partition_set before = held_;
  refused_.clear();
  before.for_each([&](table::partition_id p) {
    if (asked_.has(p)) return;
    held_.remove(p);
    leaving_[p] = now + options_.give_up_time;
  });
  const bool full = options_.memory_bytes_max > 0 && tables_.memory_bytes() > options_.memory_bytes_max;
  asked_.for_each([&](table::partition_id p) {
    if (p >= state_.partitions || held_.has(p)) return;
    if (full && !leaving_.contains(p)) return refused_.add(p);
    held_.add(p);
    leaving_.erase(p);
  });
  tell_serving();
  let_go_of_unread(now);
  count_partitions();
}

/// Of the partitions that were given up, those that no link reads any more, or for too long.
void router::let_go_of_unread(instant now) {
  for (auto each = leaving_.begin(); each != leaving_.end();) {
    const table::partition_id p = each->first;
    const bool late = now >= each->second || !loaded_.has(p);
    bool read = false;
    for (auto& [_, link] : links_) {
      if (!link.wanted.has(p)) continue;
      if (late)
        end_wants(link);
      else
        read = true;
    }
    if (read) {
      ++each;
      continue;
    }
    each = leaving_.erase(each);
    let_go_of(p);
  }
}

void router::let_go_of(table::partition_id partition) {
  if (begun_.has(partition)) drop_next_.add(partition);
  begun_.remove(partition);
  loaded_.remove(partition);
}

/// Rather than die. What is being loaded is nobody's yet; one partition a time, since its memory comes free
/// only when its rows are forgotten.
void router::shed_when_full() {
  if (options_.memory_bytes_max == 0 || !dropping_.partitions.empty() || !drop_next_.empty()) return;
  if (tables_.memory_bytes() <= options_.memory_bytes_max) return;
  table::partition_id last = table::partition_max + 1;
  held_.for_each([&](table::partition_id p) {
    if (!loaded_.has(p)) last = p;
  });
  if (last > table::partition_max) return;
  held_.remove(last);
  refused_.add(last);
  let_go_of(last);
  count_partitions();
}

void router::sweep(std::size_t slots) {
  if (dropping_.partitions.empty()) dropping_ = {std::exchange(drop_next_, {}), 0, 0};
  if (!dropping_.partitions.empty() && tables_.drop_partitions(dropping_, slots)) dropping_ = {};
}

table::partition_set router::reading() const {
  table::partition_set all = held_;
  for (const auto& [p, _] : leaving_) all.add(p);
  return all;
}

table::partition_set router::awaited() const {
  table::partition_set all;
  held_.for_each([&](table::partition_id p) {
    if (!begun_.has(p)) all.add(p);
  });
  return all;
}

void router::tell_serving() {
  count_partitions();
  const table::partition_set now = held_.common(loaded_);
  if (now == serving_) return;
  const bool first = serving_.empty() || now.empty();
  serving_ = now;
  for (auto& [_, link] : links_) out_.send(link.id, link::serving{serving_.list()});
  if (first) tell_status();
}

void router::count_partitions() {
  using loading = table::table_set::loading;
  tables_.set_loading(all_loaded() ? loading::no : loading::yes);
  state_.partitions_held = static_cast<std::uint32_t>(held_.size());
  state_.partitions_caught_up = static_cast<std::uint32_t>(held_.common(loaded_).size());
  state_.partitions_refused = static_cast<std::uint32_t>(refused_.size());
  state_.refusal.clear();
  if (refused_.empty()) return;
  state_.refusal = "rows take " + std::to_string(tables_.memory_bytes() >> 20) + " MiB of at most " +
                   std::to_string(options_.memory_bytes_max >> 20) + ": " + std::to_string(refused_.size()) +
                   " partitions are not held";
}

void router::tick(instant now) {
  let_go_of_unread(now);
  sweep(sweep_slots_max);
  for (auto& [_, link] : links_) {
    if (now >= link.beat_next) {
      link.beat_next = now + link::heartbeat_period;
      out_.send(link.id, link::heartbeat{++link.beat});
    }
    tell_progress_when_due(link, now);
  }
}

}  // namespace blotter::router
