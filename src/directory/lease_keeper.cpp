#include "directory/lease_keeper.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.hpp"
#include "directory/errc.hpp"
#include "directory/member_text.hpp"

namespace blotter::directory {

namespace {

constexpr std::string_view quiet_reason = "a member of its cluster says nothing";

}  // namespace

lease_keeper::lease_keeper(keeper_options options, std::uint64_t chance, std::function<void()> on_news)
    : options_(std::move(options)), view_(options_.leases), chance_(chance), on_news_(std::move(on_news)) {
  standing_.reason = "not reached yet";
}

// Members of ours.

result<void> lease_keeper::join(const member& self, instant now) {
  if (own_.contains(self.id) || is_living(self.id)) return errc::already_joined;
  // Others would set it aside.
  const auto readable = read_lease(self.id.text(), to_json({.who = self}));
  if (!readable) return readable.error();
  own& added = own_.emplace(self.id, own{.record = {.who = self}}).first->second;
  note({member_joined{self}});
  settle_name(added, now);
  return {};
}

result<lease_keeper::own*> lease_keeper::living(const member_id& self) {
  const auto found = own_.find(self);
  if (found == own_.end() || found->second.is == own::phase::leaving) return errc::no_such_member;
  if (found->second.is == own::phase::lost) return found->second.lost_to;
  return &found->second;
}

result<void> lease_keeper::report(const member_id& self, const load_report& load, instant now) {
  const auto which = living(self);
  if (!which) return which.error();
  lease& record = (*which)->record;
  if (load.number <= record.who.load.number) return {};
  record.who.load = load;
  write(**which, now);
  return {};
}

result<void> lease_keeper::enter(const member_id& self, stage next, instant now) {
  const auto which = living(self);
  if (!which) return which.error();
  if (std::exchange((*which)->record.who.stage, next) != next) write(**which, now);
  return {};
}

result<void> lease_keeper::share(const member_id& self, const feed_share& feed, instant now) {
  const auto which = living(self);
  if (!which) return which.error();
  if (std::exchange((*which)->record.who.feed, feed) != feed) write(**which, now);
  return {};
}

void lease_keeper::leave(const member_id& self, instant now) {
  const auto found = own_.find(self);
  if (found == own_.end() || found->second.is == own::phase::leaving) return;
  const auto was = std::exchange(found->second.is, own::phase::leaving);
  if (was == own::phase::waiting) note({member_left{self}});
  if (was == own::phase::held) {
    view_.set_connected(self, false);
    note(view_.removed(self.text(), now));
    // Removed once that is done, or it would be written back.
    if (found->second.writing == map_call::none) remove(found->second, now);
    return;
  }
  own_.erase(found);
}

bool lease_keeper::is_living(const member_id& who) const {
  for (const member& each : view_.members())
    if (each.id == who) return true;
  return false;
}

std::vector<member> lease_keeper::members() const {
  std::map<member_id, member> all;
  for (member& each : view_.members()) all.emplace(each.id, std::move(each));
  for (const auto& [id, each] : own_)
    if (each.is == own::phase::waiting) all.emplace(id, each.record.who);
  std::vector<member> out;
  for (auto& [id, each] : all) out.push_back(std::move(each));
  return out;
}

bool lease_keeper::settled() const {
  for (const auto& [id, each] : own_)
    if (each.writing != map_call::none || each.is == own::phase::leaving) return false;
  return true;
}

// Time.

void lease_keeper::tick(instant now) {
  check(map_ != nullptr);
  if (map_->quiet(now) > options_.quiet_max) fail(std::string(quiet_reason), now);
  if (standing_.connected && now >= next_doubt_ && view_.stands_still(options_.doubt_after, now)) {
    next_read_ = now;
    next_doubt_ = now + options_.read_again;
  }
  let_go(now);
  if (map_->ready() && reading_ == map_call::none && now >= next_read_) read(now);
  // What the view took for a sign of life since the last time may have been our own writing.
  if (standing_.connected)
    view_.heard(now);
  else
    view_.lost();
  note(view_.tick(now));
  settle_names(now);
}

void lease_keeper::set_connected(const member_id& who, bool alive) {
  let_go_.erase(who);
  if (alive)
    view_.set_connected(who, true);
  else
    let_go_.emplace(who, std::nullopt);
}

/// While there was a connection nobody minded whether the record grew: it may do so unseen.
void lease_keeper::let_go(instant now) {
  for (auto& [id, until] : let_go_) {
    if (!until) {
      until = now + options_.let_go_after;
      next_read_ = now;
    }
    if (now >= *until) view_.set_connected(id, false);
  }
  std::erase_if(let_go_, [now](const auto& each) { return now >= *each.second; });
}

/// A name that another living process has is not taken from it: waits until that one is dead, or is seen to
/// live. A name that a newer process took is lost.
void lease_keeper::settle_names(instant now) {
  for (auto& [id, each] : own_) settle_name(each, now);
}

void lease_keeper::settle_name(own& which, instant now) {
  const member_id& id = which.record.who.id;
  const std::uint64_t known = view_.incarnation(id);
  if (which.is == own::phase::held && known > which.record.incarnation) return lose(which);
  if (which.is != own::phase::waiting || !standing_.connected || is_living(id)) return;
  which.is = own::phase::held;
  view_.set_connected(id, true);
  which.record.incarnation = next_incarnation(known, chance_.next());
  write(which, now);
}

void lease_keeper::lose(own& which) {
  const bool held = std::exchange(which.is, own::phase::lost) == own::phase::held;
  which.refused = false;
  which.lost_to = held ? errc::no_such_member : errc::already_joined;
  if (held) view_.set_connected(which.record.who.id, false);
}

// Writing.

lease_keeper::own* lease_keeper::find(std::string_view key) {
  const auto id = member_id::parse(key);
  const auto found = id ? own_.find(*id) : own_.end();
  return found == own_.end() ? nullptr : &found->second;
}

/// Whose call this is; null when it was answered already.
lease_keeper::own* lease_keeper::find(map_call own::*under_way, map_call which) {
  if (which == map_call::none) return nullptr;
  for (auto& [id, each] : own_)
    if (each.*under_way == which) return &each;
  return nullptr;
}

void lease_keeper::write(own& which, instant now) {
  which.changed = true;
  if (which.is != own::phase::held || which.writing != map_call::none) return;
  ++which.record.renewal;
  std::string json = to_json(which.record);
  const member_id& id = which.record.who.id;
  note(view_.written({id.text(), json}, now));
  if (!map_->ready()) return;
  which.written = std::move(json);
  const map_call call = next_call();
  if (!map_->put(call, id, which.written, options_.record_life, now))
    return fail("a record could not be written", now);
  which.writing = call;
  which.changed = false;
}

void lease_keeper::wrote(map_call which, std::optional<std::string_view> before, instant now) {
  own* const mine = find(&own::writing, which);
  if (!mine) return;
  mine->refused = false;
  // What we wrote over: our own record of before, as a rule; or that of another process of this name.
  if (before && *before != mine->acknowledged)
    note(view_.written({mine->record.who.id.text(), *before}, now));
  mine->acknowledged = mine->written;
  if (!standing_.connected) next_read_ = now;
  written(*mine, now);
}

/// The last write is answered, whatever came of it.
void lease_keeper::written(own& which, instant now) {
  which.writing = map_call::none;
  if (which.is == own::phase::leaving) return remove(which, now);
  settle_name(which, now);
  if (which.changed) write(which, now);
}

/// Only a record that we wrote, the last or, where nobody knows whether that came to be, the one before:
/// another process of that name may be there by now.
void lease_keeper::remove(own& which, instant now) {
  const std::string record = std::exchange(which.written, std::exchange(which.acknowledged, {}));
  which.removing = next_call();
  if (!map_->ready() || record.empty() ||
      !map_->remove_if_same(which.removing, which.record.who.id, record, now))
    own_.erase(member_id(which.record.who.id));  // it expires
}

void lease_keeper::removed_if_same(map_call which, bool gone, instant now) {
  own* const mine = find(&own::removing, which);
  if (!mine) return;
  if (gone)
    own_.erase(member_id(mine->record.who.id));
  else
    remove(*mine, now);
}

void lease_keeper::failed(map_call which, std::string reason, instant now) {
  if (which != map_call::none && which == reading_) {
    reading_ = map_call::none;
    next_read_ = now + options_.read_again;
    return fail(why_failed(std::move(reason), now), now);
  }
  if (own* const removing = find(&own::removing, which)) return remove(*removing, now);
  own* const mine = find(&own::writing, which);
  if (!mine) return;
  mine->refused = true;
  fail(why_failed(std::move(reason), now), now);
  written(*mine, now);
}

// Reading.

void lease_keeper::read(instant now) {
  const map_call call = next_call();
  const bool asked = map_->read_all(call, now);
  next_read_ = now + (asked ? options_.read_every : options_.read_again);
  if (!asked) return;
  reading_ = call;
  asked_ = now;
}

void lease_keeper::all_read(map_call which, std::span<const stored> all, instant now) {
  if (which == map_call::none || which != reading_) return;
  reading_ = map_call::none;
  ++reads_;
  restore(now);
  note(view_.read(all, asked_, now));
  settle_names(now);
}

// What the map says by itself.

void lease_keeper::ready(instant now) {
  next_read_ = now;
  for (auto& [id, each] : own_) write(each, now);
  if (reading_ == map_call::none) read(now);
}

void lease_keeper::away(std::string reason, instant now) {
  fail(std::move(reason), now);
}

void lease_keeper::shaken(instant now) {
  next_read_ = now;
}

void lease_keeper::entry_written(stored what, instant now) {
  note(view_.written(what, now));
  own* const ours = find(what.key);
  if (!ours) return;
  if (ours->is == own::phase::waiting) lose(*ours);  // the other one lives
  settle_name(*ours, now);
}

void lease_keeper::entry_removed(std::string_view key, instant now) {
  if (own* const ours = find(key))
    write(*ours, now);
  else
    note(view_.removed(key, now));
}

/// Who does not renew is found out by our own clock.
void lease_keeper::entry_lost(std::string_view key, instant now) {
  if (own* const ours = find(key)) write(*ours, now);
}

// How it stands.

std::string lease_keeper::why_failed(std::string reason, instant now) const {
  return map_->quiet(now) > options_.quiet_max ? std::string(quiet_reason) : std::move(reason);
}

void lease_keeper::fail(std::string reason, instant now) {
  if (std::exchange(standing_.connected, false)) {
    standing_.since = now;
    next_read_ = now;
  }
  standing_.reason = std::move(reason);
}

void lease_keeper::restore(instant now) {
  const bool all_written = std::ranges::none_of(own_, [](const auto& each) { return each.second.refused; });
  if (!map_->ready() || map_->quiet(now) > options_.quiet_max || !all_written) return;
  if (std::exchange(standing_.connected, true)) return;
  standing_.since = now;
  standing_.reason.clear();
}

void lease_keeper::note(events more) {
  if (more.empty()) return;
  const bool first = news_.empty();
  std::ranges::move(more, std::back_inserter(news_));
  if (first && on_news_) on_news_();
}

lease_keeper::events lease_keeper::take_events() {
  return std::exchange(news_, {});
}

}  // namespace blotter::directory
