#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "node/node.hpp"

// The half of a node that faces viewers: who they are, and what each is sent. The half that faces the router
// is in node.cpp.

namespace blotter::node {

namespace {

std::uint32_t number(viewer_id id) {
  return static_cast<std::uint32_t>(id);
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
  mine.carried = request.by == view_request::carrier::gateway;
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
  if (state() != sse::freshness::current) tell_freshness(mine, state());
  if (send(slot, scratch_, now) && of.loaded) finish_later(slot);
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
  if (mine.early) std::erase(early_, slot);
  mine = {};
  viewers_.give_back(slot);
  idle_if_alone(at, now);
}

void node::writable(viewer_id which, instant now) {
  viewer& mine = viewers_[number(which)];
  mine.blocked = false;
  if (mine.behind_since == instant{}) mine.behind_since = mine.blocked_since;
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
  if (own_.look(now)) finish_all_later();
  // Pumping changes neither list but by appending to `unfinished_`, which is the next round's.
  for (const std::uint32_t slot : std::exchange(changed_, {})) {
    audiences_[slot].changed = false;
    pump_audience(audiences_[slot], now);
  }
  for (const std::uint32_t slot : std::exchange(unfinished_, {})) {
    viewers_[slot].queued = false;
    if (!viewers_[slot].blocked && !viewers_[slot].ending) pump(slot, now);
  }
  for (const std::uint32_t slot : std::exchange(early_, {})) {
    viewers_[slot].early = false;
    if (!viewers_[slot].blocked && !viewers_[slot].ending) pump(slot, now);
  }
  sent_by_ = own_.taken_in();
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
    const bool tail = compose(mine, of, now);
    shared = alike && tail;
    if (shared) to.follow(mine.at);
    if (scratch_.empty()) continue;
    if (send(slot, scratch_, now) && !tail) finish_later(slot);
  }
}

void node::pump(std::uint32_t slot, instant now) {
  viewer& mine = viewers_[slot];
  scratch_.clear();
  const bool tail = compose(mine, audiences_[mine.audience], now);
  if (scratch_.empty()) return;
  if (send(slot, scratch_, now) && !tail) finish_later(slot);
}

bool node::compose(viewer& mine, const audience& of, instant now) {
  const sse::freshness state = freshness_for(mine, of);
  if (state != mine.told && state != sse::freshness::current) tell_freshness(mine, state);
  // A bookmark is judged by a table that follows the feed: one that is behind would take it for the future's.
  if (!of.loaded || (mine.begins != beginning::begun && !of.caught_up)) return true;
  if (mine.begins != beginning::begun) begin(mine, of, now);
  if (mine.begins != beginning::begun) return true;

  table::read_end end{};
  append_rows(mine, of, end);
  if (end == table::read_end::behind) {
    begin_anew(mine, of, sse::reset_reason::behind, "deletes that this viewer has not seen are forgotten");
    append_rows(mine, of, end);
  }
  if (end != table::read_end::tail) {
    tell_if_behind(mine, now);
    return false;
  }
  mine.behind_since = {};
  if (!mine.live && is_ahead(mine, of)) return true;
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
  // Always with its id, also where that outweighs the rows: a viewer that has more than its bookmark says
  // could resume at a node that is behind what it has, and see a row go back.
  sse::end_rows(scratch_, bookmark_text(mine, of));
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

wall_time node::wall_at(instant now) const {
  if (wall_read_ == instant{}) return {};
  return wall_ + std::chrono::duration_cast<milliseconds>(now - wall_read_);
}

void node::begin(viewer& mine, const audience& of, instant now) {
  const auto how = std::exchange(mine.begins, beginning::begun);
  const std::chrono::seconds period(mine.beat_s);
  if (how == beginning::reset) {
    begin_anew(mine, of, mine.reset, "the feed began anew");
    return;
  }
  if (how == beginning::fresh) {
    sse::append_hello_fresh(scratch_, options_.member, "new", period, wall_at(now));
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
        sse::append_hello_resumed(scratch_, options_.member, period, wall_at(now));
        mine.ahead = std::make_unique<table::positions>(mark->seen);
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
        if (await_future(mine, of, now)) {
          mine.begins = how;
          mine.opening = opening;
          return;
        }
        why = sse::reset_reason::future;
        text = "the bookmark is from beyond the end of the feed";
        break;
    }
  }
  sse::append_hello_fresh(scratch_, options_.member, sse::name(why), period, wall_at(now));
  begin_anew(mine, of, why, text);
}

/// Whether what the viewer has seen may still come here.
bool node::await_future(viewer& mine, const audience& of, instant now) {
  if (mine.early_until == instant{}) mine.early_until = now + options_.future_time;
  if (now >= mine.early_until) return false;
  look_again(mine, of);
  return true;
}

/// Whether the viewer may have newer values, from another node, than the table: a router passes over those
/// that changed again meanwhile, so rows of later positions may come before them. Then the two are not to be
/// compared.
bool node::is_ahead(viewer& mine, const audience& of) {
  if (!mine.ahead) return false;
  const auto is_here = [this](const table::position& each) {
    return each.offset < tables_.complete(each.partition);
  };
  if (std::ranges::all_of(mine.ahead->all(), is_here)) {
    mine.ahead.reset();
    return false;
  }
  look_again(mine, of);
  return true;
}

/// At each `flush`.
void node::look_again(viewer& mine, const audience& of) {
  if (!std::exchange(mine.early, true)) early_.push_back(of.viewers[mine.place]);
}

void node::begin_anew(viewer& mine, const audience& of, sse::reset_reason why, std::string_view text) {
  ++counters_.resets[static_cast<std::size_t>(why)];
  sse::append_reset(scratch_, why, text);
  mine.live = false;
  mine.ahead.reset();
  mine.at = tables_.start(of.table);
}

sse::freshness node::freshness_for(const viewer& mine, const audience& of) const {
  if (state() != sse::freshness::current) return state();
  if (of.caught_up || (of.settling && mine.told == sse::freshness::current)) return sse::freshness::current;
  // A first load takes a moment and needs no word. A table that the router has yet to bring up to date, on a
  // new link or of a new generation, does: what is seen of it is old.
  return of.loaded || mine.was_live ? sse::freshness::loading : sse::freshness::current;
}

void node::tell_freshness(viewer& mine, sse::freshness state) {
  mine.told = state;
  const std::string_view text = state == freshness_             ? std::string_view(freshness_text_)
                                : state == sse::freshness::node ? "the node does not keep up"
                                                                : "loading";
  sse::append_status(scratch_, state, text);
}

sse::freshness node::state() const {
  if (freshness_ != sse::freshness::current || !own_.late()) return freshness_;
  return sse::freshness::node;
}

/// It is sent a part of its rows at a time. What is left came after the flush before, or has waited longer.
void node::tell_if_behind(viewer& mine, instant now) {
  if (mine.behind_since == instant{}) mine.behind_since = sent_by_ == instant{} ? now : sent_by_;
  if (!mine.live || mine.told != sse::freshness::current) return;
  if (now - mine.behind_since > options_.late_time) tell_freshness(mine, sse::freshness::node);
}

milliseconds node::lag_of(const viewer& mine, instant now) const {
  const auto since = [now](instant then) { return std::chrono::duration_cast<milliseconds>(now - then); };
  if (freshness_ != sse::freshness::current) return since(stale_since_);
  if (own_.late()) return since(own_.taken_in());
  return mine.behind_since != instant{} && mine.told != sse::freshness::current ? since(mine.behind_since)
                                                                                : milliseconds(0);
}

}  // namespace blotter::node
