#include "node/node.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/json_text.hpp"

// What a node holds: clients, their tables and the time they live. What links say is in node_links.cpp, which
// of them is read in node_choice.cpp, what viewers are sent in node_streams.cpp.

namespace blotter::node {

namespace {

/// A subscription's number holds the audience's slot, so that rows find their table without a search.
link::subscription_id subscription_of(std::uint32_t slot, std::uint32_t serial) {
  return static_cast<link::subscription_id>((std::uint64_t{serial} << 32) | slot);
}

}  // namespace

node::node(node_options options, sink& out)
    : options_(std::move(options)),
      out_(out),
      random_(options_.seed),
      tables_(options_.tables),
      own_(options_.late_time, link::heartbeat_period) {}

// Audiences.

/// The audience's table is void: its viewers begin anew when there is one again.
void node::restart_viewers(audience& of, sse::reset_reason why) {
  of.loaded = of.caught_up = of.settling = false;
  for (const std::uint32_t slot : of.viewers) {
    viewer& each = viewers_[slot];
    each.live = false;
    if (each.begins != beginning::begun) continue;  // its own bookmark will be judged
    each.begins = beginning::reset;
    each.reset = why;
    each.at = {};
    finish_later(slot);  // to be told that it is loading
  }
}

std::uint32_t node::audience_of(std::string_view client) {
  const table::table_id found = tables_.find(client);
  if (found != table::table_set::no_table && tables_.tag(found) != table::no_slot) return tables_.tag(found);
  const std::uint32_t slot = audiences_.take();
  audience& mine = audiences_[slot];
  mine.client = client;
  attach_table(slot);
  for (std::uint32_t link = 0; link < links_.size(); ++link)
    if (links_[link].in_use()) subscribe(slot, link);
  return slot;
}

/// A table of its own for the audience; not to be vouched for until the router says that it is whole.
void node::attach_table(std::uint32_t slot) {
  audience& mine = audiences_[slot];
  mine.table = tables_.find_or_add(mine.client);
  tables_.set_tag(mine.table, slot);
  tables_.set_following(mine.table, table::table_set::following::no);
  mine.sure.clear();
}

void node::subscribe(std::uint32_t slot, std::uint32_t link) {
  audience& mine = audiences_[slot];
  const router_link& to = links_[link];
  if (has_more_than_sure(mine, to.wanted)) return start_over(slot, table::no_slot);
  if (mine.shares.size() <= link) mine.shares.resize(link + 1);
  mine.shares[link] = {subscription_of(slot, ++next_serial_), false};
  link::subscribe request{mine.shares[link].id, mine.client, {tables_.feed(), {}}};
  for (const table::position& each : mine.sure.all())
    if (to.wanted.has(each.partition)) request.have.seen.set(each);
  out_.send(to.id, link::to_router(std::move(request)));
}

/// Rows of a first load that broke off: nobody could say which of them were deleted since.
bool node::has_more_than_sure(const audience& of, const table::partition_set& in) {
  table::cursor tail = tables_.tail(of.table);
  tables_.bookmark_at(of.table, tail, mark_);
  return std::ranges::any_of(mark_.seen.all(), [&](const table::position& each) {
    return in.has(each.partition) && of.sure.at(each.partition) < 0;
  });
}

/// What is here of this client is worth nothing. All of it, since it is one table: each link brings it again,
/// but for one that does so already.
void node::start_over(std::uint32_t slot, std::uint32_t link_that_goes_on) {
  audience& mine = audiences_[slot];
  tables_.drop(mine.table);
  attach_table(slot);
  restart_viewers(mine, sse::reset_reason::horizon);
  for (std::uint32_t link = 0; link < links_.size(); ++link) {
    if (link == link_that_goes_on || !links_[link].in_use()) continue;
    if (link < mine.shares.size() && mine.shares[link].id != link::subscription_id{})
      out_.send(links_[link].id, link::to_router(link::unsubscribe{mine.shares[link].id}));
    subscribe(slot, link);
  }
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
    json.append(state() == sse::freshness::current ? "\",\"state\":\"current\"" : "\",\"state\":\"stale\"");
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
  for (std::uint32_t link = 0; link < mine.shares.size(); ++link)
    if (mine.shares[link].id != link::subscription_id{})
      out_.send(links_[link].id, link::to_router(link::unsubscribe{mine.shares[link].id}));
  tables_.drop(mine.table);
  if (mine.changed) std::erase(changed_, slot);
  mine = {};
  audiences_.give_back(slot);
}

// Time.

void node::tick(instant now, wall_time wall) {
  const bool was_late = own_.late();
  own_.tick(now);
  if (own_.late() != was_late) finish_all_later();
  watch_silence(now);
  watch_generation(now);
  settle(now);
  choose_when_due(now);
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
  scratch_.clear();
  std::string_view id;
  if (proven) id = bookmark_text(mine, of);
  // A short id moves the bookmark on with the feed, so that a quiet client's does not fall behind the
  // horizon.
  sse::append_beat(scratch_, id.size() <= 128 ? id : std::string_view(), wall, lag_of(mine, now),
                   proven ? &shown : nullptr);
  send(slot, scratch_, now);
}

void node::ask_to_move(instant now) {
  for (std::uint32_t slot = 0; slot < viewers_.end(); ++slot) {
    viewer& mine = viewers_[slot];
    if (mine.audience == table::no_slot || mine.ending || mine.carried || mine.blocked || !mine.live)
      continue;
    scratch_.clear();
    sse::append_moving(scratch_, bookmark_text(mine, audiences_[mine.audience]));
    send(slot, scratch_, now);
  }
}

void node::drain() {
  for (std::uint32_t slot = 0; slot < viewers_.end(); ++slot) {
    viewer& mine = viewers_[slot];
    if (mine.audience == table::no_slot || mine.ending) continue;
    mine.ending = true;
    if (mine.carried) {
      out_.end(viewer_id{slot}, sink::ending::after_sent);
      continue;
    }
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
