#include "directory/lease_view.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace blotter::directory {

namespace {

constexpr std::size_t refused_key_size_max = 64;

}  // namespace

lease_view::lease_view(lease_options options) : options_(options) {
  check(options_.silent_after < options_.dead_after);
}

lease_view::events lease_view::read(std::span<const stored> all, instant asked, instant now) {
  events out;
  heard(now);
  read_asked_ = asked;
  // What was written while the read was under way need not be in it.
  std::erase_if(set_aside_, [asked](const refusal& each) { return each.at < asked; });
  std::set<std::string_view> there;
  for (const stored& each : all) {
    there.insert(each.key);
    forget_refused(each.key);
    take(each, now, out);
  }
  // The dead are remembered as long as their old records could be taken for new ones.
  std::erase_if(entries_, [&](const auto& each) {
    return !each.second.living && each.second.died <= asked && !there.contains(each.first.text());
  });
  return out;
}

lease_view::events lease_view::written(stored what, instant now) {
  events out;
  heard(now);
  forget_refused(what.key);
  take(what, now, out);
  return out;
}

lease_view::events lease_view::removed(std::string_view key, instant now) {
  events out;
  heard(now);
  forget_refused(key);
  const auto id = member_id::parse(key);
  const auto found = id ? entries_.find(*id) : entries_.end();
  if (found != entries_.end() && found->second.living)
    die(found->second, member_left::departure::left, now, out);
  return out;
}

void lease_view::heard(instant now) {
  const bool was_silent = heard_ && now - *heard_ > options_.silent_after;
  if (!reachable_ || was_silent) spared_until_ = now + options_.grace;
  reachable_ = true;
  heard_ = now;
}

void lease_view::set_connected(const member_id& who, bool alive) {
  if (alive)
    connected_.insert(who);
  else
    connected_.erase(who);
}

lease_view::events lease_view::tick(instant now) {
  events out;
  const auto before = std::exchange(ticked_, now);
  if (before && now - *before > options_.tick_within)
    spared_until_ = std::max(spared_until_, now + options_.tick_within);
  if (heard_ && now - *heard_ > options_.silent_after) reachable_ = false;
  if (!reachable_ || now < spared_until_) return out;
  for (auto& [id, known] : entries_)
    if (known.living && now - known.grew >= options_.dead_after && !connected_.contains(id))
      die(known, member_left::departure::silent, now, out);
  return out;
}

bool lease_view::stands_still(milliseconds for_so_long, instant now) const {
  return std::ranges::any_of(entries_, [&](const auto& each) {
    const auto& [id, known] = each;
    return known.living && now - known.grew >= for_so_long && !connected_.contains(id);
  });
}

bool lease_view::stands_still_unread(milliseconds for_so_long, instant now) const {
  return std::ranges::any_of(entries_, [&](const auto& each) {
    const entry& known = each.second;
    const instant doubtful = known.grew + for_so_long;
    return known.living && now >= doubtful && read_asked_ < doubtful;
  });
}

std::vector<member> lease_view::members() const {
  std::vector<member> living;
  for (const auto& [id, known] : entries_)
    if (known.living) living.push_back(known.last.who);
  return living;
}

std::uint64_t lease_view::incarnation(const member_id& who) const {
  const auto found = entries_.find(who);
  return found == entries_.end() ? 0 : found->second.last.incarnation;
}

void lease_view::take(stored what, instant now, events& out) {
  auto record = read_lease(what.key, what.value);
  if (!record) return refuse(what.key, static_cast<errc>(record.error().value()), now);
  take(*std::move(record), now, out);
}

void lease_view::take(lease record, instant now, events& out) {
  const auto found = entries_.find(record.who.id);
  if (found != entries_.end()) return renew(found->second, std::move(record), now, out);
  if (entries_.size() >= options_.members_max) {
    ++counters_.too_many;
    return refuse(record.who.id.text(), errc::too_many_members, now);
  }
  out.push_back(member_joined{record.who});
  const member_id id = record.who.id;
  entries_.emplace(id, entry{.last = std::move(record), .grew = now});
}

void lease_view::renew(entry& known, lease record, instant now, events& out) {
  if (record.incarnation < known.last.incarnation && !outlives(known, record)) {
    ++counters_.superseded;
    return;
  }
  const bool replaced = record.incarnation != known.last.incarnation;
  if (!replaced && record.renewal <= known.last.renewal) {
    if (record.renewal < known.last.renewal) ++counters_.outdated;
    return;
  }
  if (replaced && known.living) die(known, member_left::departure::replaced, now, out);
  const lease before = std::exchange(known.last, std::move(record));
  known.grew = now;
  if (!std::exchange(known.living, true)) {
    using enum member_joined::arrival;
    out.push_back(member_joined{known.last.who, replaced ? first : again});
  } else if (before.who != known.last.who) {
    out.push_back(member_changed{known.last.who});
  }
}

// A directory that lost everything cannot tell a process that begins then which incarnations there were.
bool lease_view::outlives(entry& dead, const lease& record) {
  const bool grows = dead.older_incarnation == record.incarnation && dead.older_renewal < record.renewal;
  dead.older_incarnation = record.incarnation;
  dead.older_renewal = record.renewal;
  return !dead.living && grows;
}

void lease_view::die(entry& known, member_left::departure why, instant now, events& out) {
  known.living = false;
  known.died = now;
  out.push_back(member_left{known.last.who.id, why});
}

void lease_view::forget_refused(std::string_view key) {
  key = key.substr(0, refused_key_size_max);
  std::erase_if(set_aside_, [key](const refusal& each) { return each.what.key == key; });
}

void lease_view::refuse(std::string_view key, errc why, instant now) {
  ++counters_.refused[static_cast<std::size_t>(why)];
  if (set_aside_.size() < refused_max)
    set_aside_.push_back({{std::string(key.substr(0, refused_key_size_max)), why}, now});
}

std::vector<lease_view::refused> lease_view::set_aside() const {
  std::vector<refused> all;
  for (const refusal& each : set_aside_) all.push_back(each.what);
  return all;
}

}  // namespace blotter::directory
