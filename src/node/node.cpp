#include "node/node.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace blotter::node {

namespace {

template <class... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};

std::uint32_t number(viewer_id id) {
  return static_cast<std::uint32_t>(id);
}

/// A subscription's number holds the audience's slot, so that rows find their table without a search.
link::subscription_id subscription_of(std::uint32_t slot, std::uint32_t serial) {
  return static_cast<link::subscription_id>((std::uint64_t{serial} << 32) | slot);
}

class node_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "node"; }
  std::string message(int value) const override {
    switch (static_cast<node_errc>(value)) {
      case node_errc::viewers_max:
        return "this node holds as many viewers as it may";
      case node_errc::viewers_per_client_max:
        return "this client has as many viewers as it may";
    }
    return "unknown node error";
  }
};

}  // namespace

error_code make_error_code(node_errc e) {
  static const node_category category;
  return {static_cast<int>(e), category};
}

node::node(node_options options, sink& out)
    : options_(std::move(options)), out_(out), random_(options_.seed), tables_(options_.tables) {}

// The router.

void node::link_up(instant now) {
  linked_ = true;
  heard_ = now;
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
  using state = link::feed_status::state;
  switch (feed_.now) {
    case state::current:
      return set_freshness(sse::freshness::current, {}, now);
    case state::loading:
      return set_freshness(sse::freshness::loading, feed_.text, now);
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
    sse::append_json_string(json, of.client);
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

// Viewers.

result<void> node::admit(std::string_view client) {
  const auto refuse = [this](node_errc why) {
    ++counters_.viewers_refused;
    return why;
  };
  if (viewers_.used() >= options_.viewers_max) return refuse(node_errc::viewers_max);
  const table::table_id table = tables_.find(client);
  if (table == table::table_set::no_table || tables_.tag(table) == table::no_slot) return {};
  if (audiences_[tables_.tag(table)].viewers.size() >= options_.viewers_per_client_max)
    return refuse(node_errc::viewers_per_client_max);
  return {};
}

viewer_id node::open(const view_request& request, instant now) {
  check(!request.client.empty() && request.client.size() <= table::client_id_size_max);
  const std::uint32_t at = audience_of(request.client);
  audience& of = audiences_[at];

  const std::uint32_t slot = viewers_.take();
  viewer& mine = viewers_[slot];
  mine = {};
  mine.audience = at;
  mine.serial = ++next_serial_;
  mine.place = static_cast<std::uint32_t>(of.viewers.size());
  mine.beat_s = static_cast<std::uint8_t>(std::clamp<std::chrono::seconds::rep>(request.beat.count(), 1, 30));
  if (request.bookmark) {
    mine.begins = beginning::bookmark;
    mine.opening = *request.bookmark;
  }
  of.viewers.push_back(slot);
  ++counters_.viewers_opened;

  // Spread over the period, or ten thousand beats are due at once.
  const auto first = milliseconds(static_cast<std::int64_t>(random_.below(mine.beat_s * 1000u)));
  beats_.add({slot, mine.serial}, first);

  scratch_.clear();
  sse::append_retry(scratch_, milliseconds(1000 + static_cast<std::int64_t>(random_.below(2000))));
  if (freshness_ != sse::freshness::current) tell_freshness(mine, freshness_);
  if (send(slot, scratch_, now) && of.loaded) {
    mine.queued = true;
    unfinished_.push_back(slot);
  }
  return viewer_id{slot};
}

void node::closed(viewer_id which, instant now) {
  const std::uint32_t slot = number(which);
  viewer& mine = viewers_[slot];
  const std::uint32_t at = mine.audience;
  audience& of = audiences_[at];
  of.viewers[mine.place] = of.viewers.back();
  viewers_[of.viewers[mine.place]].place = mine.place;
  of.viewers.pop_back();
  if (mine.queued) std::erase(unfinished_, slot);
  mine = {};
  viewers_.give_back(slot);
  idle_if_alone(at, now);
}

void node::writable(viewer_id which, instant now) {
  viewer& mine = viewers_[number(which)];
  mine.blocked = false;
  if (!mine.ending) pump(number(which), now);
}

bool node::send(std::uint32_t slot, std::string_view events, instant now) {
  viewer& mine = viewers_[slot];
  ++counters_.events_sent;
  counters_.bytes_sent += events.size();
  if (out_.send(viewer_id{slot}, events)) return true;
  mine.blocked = true;
  mine.blocked_since = now;
  return false;
}

// Sending.

bool node::flush(instant now) {
  // Pumping changes neither list but by appending to `unfinished_`, which is the next round's.
  for (const std::uint32_t slot : std::exchange(changed_, {})) {
    audiences_[slot].changed = false;
    pump_audience(audiences_[slot], now);
  }
  for (const std::uint32_t slot : std::exchange(unfinished_, {})) {
    viewers_[slot].queued = false;
    if (!viewers_[slot].blocked && !viewers_[slot].ending) pump(slot, now);
  }
  return !unfinished_.empty();
}

/// Viewers at the same place get the same bytes: composed once for all of them.
void node::pump_audience(audience& of, instant now) {
  table::cursor from;
  table::cursor to;
  bool shared = false;
  for (const std::uint32_t slot : of.viewers) {
    viewer& mine = viewers_[slot];
    if (mine.blocked || mine.ending || mine.queued) continue;
    const bool plain = mine.live && mine.told == freshness_for(mine, of);
    if (shared && plain && mine.at.same_place(from)) {
      mine.at.follow(to);
      if (!scratch_.empty()) send(slot, scratch_, now);
      continue;
    }
    if (!plain) {
      pump(slot, now);
      shared = false;
      continue;
    }
    from = {};
    from.follow(mine.at);
    const bool alike = mine.at.same_place(from);
    scratch_.clear();
    const bool tail = compose(mine, of);
    shared = alike && tail;
    if (shared) to.follow(mine.at);
    if (scratch_.empty()) continue;
    if (send(slot, scratch_, now) && !tail) {
      mine.queued = true;
      unfinished_.push_back(slot);
    }
  }
}

void node::pump(std::uint32_t slot, instant now) {
  viewer& mine = viewers_[slot];
  scratch_.clear();
  const bool tail = compose(mine, audiences_[mine.audience]);
  if (scratch_.empty()) return;
  if (send(slot, scratch_, now) && !tail) {
    mine.queued = true;
    unfinished_.push_back(slot);
  }
}

bool node::compose(viewer& mine, const audience& of) {
  const sse::freshness state = freshness_for(mine, of);
  if (state != mine.told && state != sse::freshness::current) tell_freshness(mine, state);
  // A bookmark is judged by a table that follows the feed: one that is behind would take it for the future's.
  if (!of.loaded || (mine.begins != beginning::begun && !of.caught_up)) return true;
  if (mine.begins != beginning::begun) begin(mine, of);

  table::read_end end{};
  append_rows(mine, of, end);
  if (end == table::read_end::behind) {
    begin_anew(mine, of, sse::reset_reason::behind, "deletes that this viewer has not seen are forgotten");
    append_rows(mine, of, end);
  }
  if (end != table::read_end::tail) return false;
  if (!mine.live) {
    mine.live = mine.was_live = true;
    sse::append_live(scratch_, bookmark_text(mine, of), proof_of(of));
  }
  if (state != mine.told) tell_freshness(mine, state);
  return true;
}

bool node::append_rows(viewer& mine, const audience& of, table::read_end& end) {
  const std::size_t before = scratch_.size();
  sse::begin_rows(scratch_);
  const std::size_t head = scratch_.size();
  std::size_t rows = 0;
  end = tables_.read(of.table, mine.at, {options_.event_rows_max, options_.event_bytes_max},
                     [&](const table::row_view& row) {
                       const std::size_t start = scratch_.size();
                       sse::append_row(scratch_, row);
                       ++rows;
                       return scratch_.size() - start;
                     });
  if (rows == 0) {
    scratch_.resize(before);
    return false;
  }
  counters_.rows_sent += rows;
  // An id that would outweigh its rows is left out: to resume from an older one repeats some rows and harms
  // nothing.
  const std::string_view id = bookmark_text(mine, of);
  sse::end_rows(scratch_, id.size() <= scratch_.size() - head ? id : std::string_view());
  return true;
}

std::string_view node::bookmark_text(viewer& mine, const audience& of) {
  tables_.bookmark_at(of.table, mine.at, mark_);
  id_.clear();
  mark_.append_to(id_);
  return id_;
}

sse::proof node::proof_of(const audience& of) const {
  return {tables_.count(of.table), tables_.sum(of.table)};
}

void node::begin(viewer& mine, const audience& of) {
  const auto how = std::exchange(mine.begins, beginning::begun);
  const std::chrono::seconds period(mine.beat_s);
  if (how == beginning::reset) {
    begin_anew(mine, of, mine.reset, "the feed began anew");
    return;
  }
  if (how == beginning::fresh) {
    sse::append_hello_fresh(scratch_, options_.member, "new", period);
    mine.at = tables_.start(of.table);
    return;
  }
  const std::string opening = std::exchange(mine.opening, {});
  const auto mark = table::parse_bookmark(opening);
  auto why = sse::reset_reason::malformed;
  std::string text;
  if (!mark) {
    text = mark.error().message();
  } else {
    switch (tables_.resume(of.table, *mark, mine.at)) {
      case table::resume_verdict::resumed:
        ++counters_.viewers_resumed;
        sse::append_hello_resumed(scratch_, options_.member, period);
        return;
      case table::resume_verdict::other_generation:
        why = sse::reset_reason::generation;
        text = "the bookmark belongs to another incarnation of the feed";
        break;
      case table::resume_verdict::before_horizon:
        why = sse::reset_reason::horizon;
        text = "the bookmark is older than the deletes that are remembered";
        break;
      case table::resume_verdict::from_the_future:
        why = sse::reset_reason::future;
        text = "the bookmark is from beyond the end of the feed";
        break;
    }
  }
  sse::append_hello_fresh(scratch_, options_.member, sse::name(why), period);
  begin_anew(mine, of, why, text);
}

void node::begin_anew(viewer& mine, const audience& of, sse::reset_reason why, std::string_view text) {
  ++counters_.resets[static_cast<std::size_t>(why)];
  sse::append_reset(scratch_, why, text);
  mine.live = false;
  mine.at = tables_.start(of.table);
}

sse::freshness node::freshness_for(const viewer& mine, const audience& of) const {
  if (freshness_ != sse::freshness::current) return freshness_;
  if (of.caught_up) return sse::freshness::current;
  // A first load takes a moment and needs no word. A table that the router has yet to bring up to date, on a
  // new link or of a new generation, does: what is seen of it is old.
  return of.loaded || mine.was_live ? sse::freshness::loading : sse::freshness::current;
}

void node::tell_freshness(viewer& mine, sse::freshness state) {
  mine.told = state;
  sse::append_status(scratch_, state, state == freshness_ ? std::string_view(freshness_text_) : "loading");
}

// Time.

void node::tick(instant now, wall_time wall) {
  if (linked_ && now - heard_ > link::silence_max)
    set_freshness(sse::freshness::router, "the router does not answer", now);
  beats_.advance(now, [&](beat_wheel::entry due) {
    if (viewers_[due.viewer].serial == due.serial) beat(due.viewer, now, wall);
  });
  drop_idle(now);
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
