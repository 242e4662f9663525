#include "node/node.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/json_text.hpp"
#include "base/overloaded.hpp"

namespace blotter::node {

namespace {

/// A subscription's number holds the audience's slot, so that rows find their table without a search.
link::subscription_id subscription_of(std::uint32_t slot, std::uint32_t serial) {
  return static_cast<link::subscription_id>((std::uint64_t{serial} << 32) | slot);
}

}  // namespace

node::node(node_options options, sink& out)
    : options_(std::move(options)), out_(out), random_(options_.seed), tables_(options_.tables) {}

// The router.

void node::link_up(instant now) {
  linked_ = true;
  heard_ = now;
  if (stale_since_ == instant{}) stale_since_ = now;  // nothing has been current yet
  taken_bytes_ = taken_told_ = 0;
  for (std::uint32_t slot = 0; slot < audiences_.end(); ++slot)
    if (audiences_[slot].table != table::table_set::no_table) subscribe(slot);
}

void node::link_lost(instant now) {
  linked_ = false;
  feed_ = {link::feed_status::state::loading, {}};  // what it was says nothing of what the next link brings
  for (std::uint32_t slot = 0; slot < audiences_.end(); ++slot) {
    audience& each = audiences_[slot];
    if (each.table == table::table_set::no_table) continue;
    each.caught_up = false;
    tables_.set_following(each.table, table::table_set::following::no);
  }
  silent_ = false;
  set_freshness(sse::freshness::router, "the link to the router is lost", now);
}

void node::received(link::to_node message, instant now) {
  heard_ = now;
  std::visit(overloaded{[&](const link::feed_began& what) { began(what); },
                        [&](const link::subscription_began& what) { subscription_began(what); },
                        [&](const link::rows& what) { apply(what); },
                        [&](const link::subscription_caught_up& what) { caught_up(what, now); },
                        [&](const link::progress& what) {
                          for (const auto& each : what.partitions) {
                            if (each.partition > table::partition_max) continue;
                            tables_.set_complete(each.partition, each.complete);
                            tables_.raise_horizon(each.partition, each.horizon);
                          }
                        },
                        [&](link::feed_status& what) { feed_ = std::move(what); },
                        [&](const link::heartbeat& what) { out_.send(link::to_router(what)); }},
             message);
  if (!silent_) return follow_feed_status(now);
  if (resumed_ == instant{}) resumed_ = now;
}

void node::follow_feed_status(instant now) {
  using state = link::feed_status::state;
  switch (feed_.now) {
    case state::current:
      return set_freshness(sse::freshness::current, {}, now);
    case state::loading:
      return set_freshness(sse::freshness::loading, "the feed is being loaded", now);
    case state::lost:
      return set_freshness(sse::freshness::feed, feed_.text, now);
  }
}

void node::began(const link::feed_began& what) {
  if (what.feed == tables_.feed()) return;
  tables_.clear(what.feed);
  for (std::uint32_t slot = 0; slot < audiences_.end(); ++slot) {
    audience& each = audiences_[slot];
    if (each.table == table::table_set::no_table) continue;
    attach_table(slot);
    restart_viewers(each, sse::reset_reason::generation);
  }
}

void node::subscription_began(const link::subscription_began& what) {
  const std::uint32_t slot = find(what.id);
  if (slot == table::no_slot || what.how == link::subscription_began::resumed::yes) return;
  audience& mine = audiences_[slot];
  // The router can not say what was deleted meanwhile: what is here of this client, whole or not, is worth
  // nothing.
  tables_.drop(mine.table);
  attach_table(slot);
  restart_viewers(mine, sse::reset_reason::horizon);
}

/// The audience's table is void: its viewers begin anew when there is one again.
void node::restart_viewers(audience& of, sse::reset_reason why) {
  of.loaded = of.caught_up = false;
  for (const std::uint32_t slot : of.viewers) {
    viewer& each = viewers_[slot];
    each.live = false;
    if (each.begins != beginning::begun) continue;  // its own bookmark will be judged
    each.begins = beginning::reset;
    each.reset = why;
    each.at = {};
    if (!each.queued) {
      each.queued = true;
      unfinished_.push_back(slot);  // to be told that it is loading
    }
  }
}

void node::apply(const link::rows& message) {
  changes_.clear();
  for (const link::row& each : message.all) {
    taken_bytes_ += link::row_cost(each);
    const std::uint32_t slot = find(each.id);
    if (slot == table::no_slot) continue;  // of a subscription that has ended
    changes_.push_back(
        {audiences_[slot].client, each.content.key(), {}, each.at, each.time, each.kind, &each.content});
  }
  counters_.rows_received += changes_.size();
  tables_.apply(changes_, [&](table::table_id id) {
    const std::uint32_t slot = tables_.tag(id);
    if (slot == table::no_slot || audiences_[slot].changed) return;
    audiences_[slot].changed = true;
    changed_.push_back(slot);
  });
  if (taken_bytes_ - taken_told_ < options_.taken_step_bytes) return;
  taken_told_ = taken_bytes_;
  out_.send(link::to_router(link::taken{taken_bytes_}));
}

void node::caught_up(const link::subscription_caught_up& what, instant now) {
  const std::uint32_t slot = find(what.id);
  if (slot == table::no_slot) return;
  audience& mine = audiences_[slot];
  mine.loaded = mine.caught_up = true;
  tables_.set_following(mine.table, table::table_set::following::yes);
  answer_requests(mine);
  if (!mine.changed) {
    mine.changed = true;
    changed_.push_back(slot);
  }
  idle_if_alone(slot, now);
}

void node::set_freshness(sse::freshness state, std::string_view text, instant now) {
  if (state == freshness_) return;
  if (freshness_ == sse::freshness::current) stale_since_ = now;
  freshness_ = state;
  freshness_text_ = text;
  for (std::uint32_t slot = 0; slot < viewers_.end(); ++slot) {
    viewer& each = viewers_[slot];
    if (each.audience == table::no_slot || each.queued) continue;
    each.queued = true;
    unfinished_.push_back(slot);
  }
}

// Audiences.

std::uint32_t node::find(link::subscription_id id) const {
  const auto slot = static_cast<std::uint32_t>(static_cast<std::uint64_t>(id));
  if (slot >= audiences_.end() || audiences_[slot].subscription != id) return table::no_slot;
  return slot;
}

std::uint32_t node::audience_of(std::string_view client) {
  const table::table_id found = tables_.find(client);
  if (found != table::table_set::no_table && tables_.tag(found) != table::no_slot) return tables_.tag(found);
  const std::uint32_t slot = audiences_.take();
  audience& mine = audiences_[slot];
  mine.client = client;
  attach_table(slot);
  if (linked_) subscribe(slot);
  return slot;
}

/// A table of its own for the audience; not to be vouched for until the router says that it is whole.
void node::attach_table(std::uint32_t slot) {
  audience& mine = audiences_[slot];
  mine.table = tables_.find_or_add(mine.client);
  tables_.set_tag(mine.table, slot);
  tables_.set_following(mine.table, table::table_set::following::no);
}

void node::subscribe(std::uint32_t slot) {
  audience& mine = audiences_[slot];
  mine.subscription = subscription_of(slot, ++next_serial_);
  link::subscribe request{mine.subscription, mine.client, {}};
  if (mine.loaded) {
    // The whole table has been read, so its tail says what is here.
    table::cursor tail = tables_.start(mine.table);
    tables_.read(mine.table, tail, {SIZE_MAX, SIZE_MAX},
                 [](const table::row_view&) { return std::size_t{0}; });
    tables_.bookmark_at(mine.table, tail, request.have);
  }
  out_.send(link::to_router(std::move(request)));
}

void node::answer_requests(audience& of) {
  for (const request_id request : std::exchange(of.requests, {})) {
    table::cursor at = tables_.start(of.table);
    std::string rows;
    tables_.read(of.table, at, {SIZE_MAX, SIZE_MAX}, [&](const table::row_view& row) {
      if (rows.empty()) rows.push_back('[');
      sse::append_row(rows, row);
      return std::size_t{0};
    });
    if (rows.empty()) rows.push_back('[');
    tables_.bookmark_at(of.table, at, mark_);
    std::string json = "{\"client\":";
    append_json_string(json, of.client);
    json.append(",\"bookmark\":\"").append(mark_.text()).append("\",\"count\":");
    sse::append_number(json, static_cast<std::int64_t>(tables_.count(of.table)));
    json.append(",\"checksum\":\"");
    sse::append_checksum(json, tables_.sum(of.table));
    json.append(freshness_ == sse::freshness::current ? "\",\"state\":\"current\""
                                                      : "\",\"state\":\"stale\"");
    json.append(",\"rows\":").append(rows).append("]}\n");
    out_.answer(request, std::move(json));
  }
}

void node::ask_rows(request_id request, std::string_view client, instant now) {
  const std::uint32_t slot = audience_of(client);
  audience& mine = audiences_[slot];
  mine.requests.push_back(request);
  if (mine.caught_up) {
    answer_requests(mine);
    idle_if_alone(slot, now);
  }
}

void node::forget_request(request_id request, instant now) {
  for (std::uint32_t slot = 0; slot < audiences_.end(); ++slot)
    if (std::erase(audiences_[slot].requests, request) > 0) idle_if_alone(slot, now);
}

void node::idle_if_alone(std::uint32_t slot, instant now) {
  audience& mine = audiences_[slot];
  if (!mine.viewers.empty() || !mine.requests.empty()) return;
  mine.idle_since = now;
  if (mine.idle) return;
  mine.idle = true;
  idle_.push_back(slot);
  while (idle_.size() > options_.idle_tables_max) {
    const std::uint32_t oldest = idle_.front();
    idle_.pop_front();
    audiences_[oldest].idle = false;
    if (audiences_[oldest].viewers.empty() && audiences_[oldest].requests.empty()) drop(oldest);
  }
}

void node::drop_idle(instant now) {
  while (!idle_.empty()) {
    const std::uint32_t slot = idle_.front();
    audience& mine = audiences_[slot];
    const bool alone = mine.viewers.empty() && mine.requests.empty();
    if (alone && now - mine.idle_since < options_.idle_table_time) return;
    idle_.pop_front();
    mine.idle = false;
    if (alone) drop(slot);
  }
}

void node::drop(std::uint32_t slot) {
  audience& mine = audiences_[slot];
  out_.send(link::to_router(link::unsubscribe{mine.subscription}));
  tables_.drop(mine.table);
  if (mine.changed) std::erase(changed_, slot);
  mine = {};
  audiences_.give_back(slot);
}

// Time.

void node::tick(instant now, wall_time wall) {
  // While this loop itself stood still, the router's words have been waiting for it: that is not the router's
  // silence.
  if (ticked_ != instant{} && now - ticked_ > link::heartbeat_period) heard_ += now - ticked_;
  ticked_ = now;
  if (linked_ && now - heard_ > link::silence_max) {
    silent_ = true;
    resumed_ = {};
    set_freshness(sse::freshness::router, "the router does not answer", now);
  } else if (silent_ && resumed_ != instant{} && now - resumed_ >= link::heartbeat_period) {
    // What the link had held back has come by now: its first word came ahead of rows.
    silent_ = false;
    follow_feed_status(now);
  }
  beats_.advance(now, [&](beat_wheel::entry due) {
    if (viewers_[due.viewer].serial == due.serial) beat(due.viewer, now, wall);
  });
  drop_idle(now);
  wall_ = wall;
  wall_read_ = now;
}

void node::beat(std::uint32_t slot, instant now, wall_time wall) {
  viewer& mine = viewers_[slot];
  if (mine.ending) return;
  beats_.add({slot, mine.serial}, std::chrono::seconds(mine.beat_s));
  if (mine.blocked) {
    if (now - mine.blocked_since < options_.stuck_time) return;
    ++counters_.viewers_stuck;
    mine.ending = true;
    out_.end(viewer_id{slot}, sink::ending::at_once);
    return;
  }
  const audience& of = audiences_[mine.audience];
  const bool proven = mine.live && tables_.at_tail(of.table, mine.at);
  const sse::proof shown = proof_of(of);
  const auto lag = freshness_ == sse::freshness::current
                       ? milliseconds(0)
                       : std::chrono::duration_cast<milliseconds>(now - stale_since_);
  scratch_.clear();
  std::string_view id;
  if (proven) id = bookmark_text(mine, of);
  // A short id moves the bookmark on with the feed, so that a quiet client's does not fall behind the
  // horizon.
  sse::append_beat(scratch_, id.size() <= 128 ? id : std::string_view(), wall, lag,
                   proven ? &shown : nullptr);
  send(slot, scratch_, now);
}

void node::drain() {
  for (std::uint32_t slot = 0; slot < viewers_.end(); ++slot) {
    viewer& mine = viewers_[slot];
    if (mine.audience == table::no_slot || mine.ending) continue;
    mine.ending = true;
    const audience& of = audiences_[mine.audience];
    if (!mine.blocked) {
      scratch_.clear();
      const bool at_a_place = of.loaded && mine.begins == beginning::begun;
      sse::append_bye(scratch_, at_a_place ? bookmark_text(mine, of) : std::string_view(),
                      sse::bye_reason::shutdown, true);
      out_.send(viewer_id{slot}, scratch_);
    }
    out_.end(viewer_id{slot}, mine.blocked ? sink::ending::at_once : sink::ending::after_sent);
  }
}

}  // namespace blotter::node
