#include "hazelcast/lease_keeper.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.hpp"
#include "directory/errc.hpp"
#include "directory/member_text.hpp"
#include "hazelcast/errc.hpp"
#include "hazelcast/value.hpp"

namespace blotter::hazelcast {

using directory::lease;
using directory::member_id;

namespace {

constexpr std::string_view quiet_reason = "a member of its cluster says nothing";

}  // namespace

lease_keeper::lease_keeper(keeper_options options, std::uint64_t chance, std::function<void()> on_news)
    : options_(std::move(options)), view_(options_.leases), chance_(chance), on_news_(std::move(on_news)) {
  standing_.reason = "not reached yet";
}

result<void> lease_keeper::join(const directory::member& self, instant now) {
  if (own_.contains(self.id) || is_living(self.id)) return directory::errc::already_joined;
  // Others would set it aside.
  const auto readable = directory::read_lease(self.id.text(), directory::to_json({.who = self}));
  if (!readable) return readable.error();
  own& added = own_.emplace(self.id, own{.record = {.who = self}}).first->second;
  note({directory::member_joined{self}});
  settle_name(added, now);
  return {};
}

result<lease_keeper::own*> lease_keeper::living(const member_id& self) {
  const auto found = own_.find(self);
  if (found == own_.end() || found->second.is == own::phase::leaving) return directory::errc::no_such_member;
  if (found->second.is == own::phase::lost) return found->second.lost_to;
  return &found->second;
}

result<void> lease_keeper::report(const member_id& self, const directory::load_report& load, instant now) {
  const auto which = living(self);
  if (!which) return which.error();
  lease& record = (*which)->record;
  if (load.number <= record.who.load.number) return {};
  record.who.load = load;
  write(**which, now);
  return {};
}

result<void> lease_keeper::enter(const member_id& self, directory::stage next, instant now) {
  const auto which = living(self);
  if (!which) return which.error();
  if (std::exchange((*which)->record.who.stage, next) != next) write(**which, now);
  return {};
}

result<void> lease_keeper::share(const member_id& self, const directory::feed_share& feed, instant now) {
  const auto which = living(self);
  if (!which) return which.error();
  if (std::exchange((*which)->record.who.feed, feed) != feed) write(**which, now);
  return {};
}

void lease_keeper::leave(const member_id& self, instant now) {
  const auto found = own_.find(self);
  if (found == own_.end() || found->second.is == own::phase::leaving) return;
  const auto was = std::exchange(found->second.is, own::phase::leaving);
  if (was == own::phase::waiting) note({directory::member_left{self}});
  if (was == own::phase::held) {
    view_.set_connected(self, false);
    note(view_.removed(self.text(), now));
    if (found->second.writing) return;  // removed once that is done, or it would be written back
    return remove(found->second, now);
  }
  own_.erase(found);
}

bool lease_keeper::is_living(const member_id& who) const {
  for (const directory::member& each : view_.members())
    if (each.id == who) return true;
  return false;
}

std::vector<directory::member> lease_keeper::members() const {
  std::map<member_id, directory::member> all;
  for (directory::member& each : view_.members()) all.emplace(each.id, std::move(each));
  for (const auto& [id, each] : own_)
    if (each.is == own::phase::waiting) all.emplace(id, each.record.who);
  std::vector<directory::member> out;
  for (auto& [id, each] : all) out.push_back(std::move(each));
  return out;
}

bool lease_keeper::settled() const {
  for (const auto& [id, each] : own_)
    if (each.writing || each.is == own::phase::leaving) return false;
  return true;
}

void lease_keeper::tick(instant now) {
  check(client_ != nullptr);
  if (client_->quiet(now) > options_.quiet_max) fail(std::string(quiet_reason), now);
  if (client_->ready() && !reading_ && now >= next_read_) read(now);
  // What the view took for a sign of life since the last time may have been our own writing.
  if (standing_.connected)
    view_.heard(now);
  else
    view_.lost();
  note(view_.tick(now));
  settle_names(now);
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
  which.record.incarnation = directory::next_incarnation(known, chance_.next());
  write(which, now);
}

void lease_keeper::lose(own& which) {
  const bool held = std::exchange(which.is, own::phase::lost) == own::phase::held;
  which.refused = false;
  which.lost_to = held ? directory::errc::no_such_member : directory::errc::already_joined;
  if (held) view_.set_connected(which.record.who.id, false);
}

void lease_keeper::write(own& which, instant now) {
  which.changed = true;
  if (which.is != own::phase::held || which.writing) return;
  ++which.record.renewal;
  const std::string json = directory::to_json(which.record);
  const member_id& id = which.record.who.id;
  note(view_.written({id.text(), json}, now));
  if (!client_->ready()) return;
  const std::string key = serialize_text(id.text());
  which.written = serialize_json(json);
  const auto asked = client_->call(
      map_put(options_.map, key, which.written, options_.record_life,
              partition_of(key, client_->view().partition_count())),
      repeat::yes, now, [this, id](result<message> answer, instant at) { wrote(id, std::move(answer), at); });
  if (!asked) return fail(asked.error().message(), now);
  which.writing = true;
  which.changed = false;
}

void lease_keeper::wrote(const member_id& self, result<message> answer, instant now) {
  const auto found = own_.find(self);
  if (found == own_.end()) return;
  own& which = found->second;
  which.writing = false;
  which.refused = !answer;
  if (answer) {
    hear_before(which, *answer, now);
    which.acknowledged = which.written;
    if (!standing_.connected) next_read_ = now;
  } else {
    fail(why_failed(answer.error(), now), now);
  }
  if (which.is == own::phase::leaving) return remove(which, now);
  settle_name(which, now);
  if (which.changed) write(which, now);
}

/// What we wrote over: our own record of before, as a rule; or that of another process of this name.
void lease_keeper::hear_before(const own& which, message answer, instant now) {
  const auto before = read_value(answer);
  if (!before || !*before || **before == which.acknowledged) return;
  note(view_.written({which.record.who.id.text(), text_of(**before)}, now));
}

/// Only a record that we wrote, the last or, where nobody knows whether that came to be, the one before:
/// another process of that name may be there by now.
void lease_keeper::remove(own& which, instant now) {
  const member_id id = which.record.who.id;
  const std::string record = std::exchange(which.written, std::exchange(which.acknowledged, {}));
  const std::string key = serialize_text(id.text());
  const auto then = [this, id](result<message> answer, instant at) {
    const auto gone = answer ? read_flag(*answer) : result<bool>(false);
    if (gone && *gone)
      own_.erase(id);
    else
      remove(own_.at(id), at);
  };
  const bool asked = client_->ready() && !record.empty() &&
                     client_->call(map_remove_if_same(options_.map, key, record,
                                                      partition_of(key, client_->view().partition_count())),
                                   repeat::yes, now, then);
  if (!asked) own_.erase(id);  // it expires
}

void lease_keeper::read(instant now) {
  const auto asked =
      client_->call(map_entries(options_.map), repeat::yes, now,
                    [this, now](result<message> answer, instant at) { got_all(std::move(answer), now, at); });
  next_read_ = now + (asked ? options_.read_every : options_.read_again);
  reading_ = asked.has_value();
}

void lease_keeper::got_all(result<message> answer, instant asked, instant now) {
  reading_ = false;
  const auto entries = answer ? read_entries(*answer) : result<entry_list>(answer.error());
  if (!entries) {
    next_read_ = now + options_.read_again;
    return fail(why_failed(entries.error(), now), now);
  }
  ++reads_;
  std::vector<directory::lease_view::stored> all;
  for (const auto& [key, value] : *entries) all.push_back({text_of(key), text_of(value)});
  restore(now);
  note(view_.read(all, asked, now));
  settle_names(now);
}

std::string_view lease_keeper::text_of(std::string_view serialized) {
  const auto read = deserialize(serialized);
  return read ? read->text : std::string_view();
}

void lease_keeper::client_ready(instant now) {
  next_read_ = now;
  for (auto& [id, each] : own_) write(each, now);
  if (!reading_) read(now);
}

void lease_keeper::client_away(error_code why, const address& where, instant now) {
  fail(to_text(where) + ": " + why.message(), now);
}

void lease_keeper::cluster_changed(instant now) {
  next_read_ = now;
}

void lease_keeper::entry_changed(const entry_event& what, instant now) {
  if (!what.key) {
    next_read_ = now;  // all are gone: those that live write again within a second
    return;
  }
  const std::string_view key = text_of(*what.key);
  const auto id = member_id::parse(key);
  const auto ours = id ? own_.find(*id) : own_.end();
  switch (what.kind) {
    case entry_event_kind::added:
    case entry_event_kind::updated:
    case entry_event_kind::merged:
      note(view_.written({key, text_of(what.value.value_or(""))}, now));
      if (ours == own_.end()) break;
      if (ours->second.is == own::phase::waiting) lose(ours->second);  // the other one lives
      settle_name(ours->second, now);
      break;
    case entry_event_kind::removed:
      if (ours == own_.end())
        note(view_.removed(key, now));
      else
        write(ours->second, now);
      break;
    default:  // it expired: who does not renew is found out by our own clock
      if (ours != own_.end()) write(ours->second, now);
  }
}

std::string lease_keeper::why_failed(error_code why, instant now) const {
  if (why == errc::timed_out && client_->quiet(now) > options_.quiet_max) return std::string(quiet_reason);
  if (why != errc::refused_call) return why.message();
  const error_answer& said = client_->last_refusal();
  return "a member refuses: " + said.type + " " + said.text;
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
  if (!client_->ready() || client_->quiet(now) > options_.quiet_max || !all_written) return;
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

}  // namespace blotter::hazelcast
