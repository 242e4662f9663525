#include "sim/census.hpp"

#include <algorithm>
#include <set>

namespace blotter::sim {

namespace {

/// A keeper has noticed by then that its map says nothing: 1.5 s, a tick, and what is under way.
constexpr milliseconds silence_noticed{2500};
/// After the map is there again nobody dies by its record for 5 s, by a clock that may run fast.
constexpr milliseconds spared{4500};
/// Longer than a record may stand still, with what was under way before.
constexpr milliseconds long_enough{7000};

}  // namespace

void census::began(home& one) {
  homes_.push_back(&one);
}

void census::ended(home& one) {
  std::erase(homes_, &one);
  if (one.left()) left_[one.id()] = all_.time.now();
}

const home* census::living(const directory::member_id& who) const {
  const home* found = nullptr;
  for (const home* each : homes_)
    if (each->id() == who && !each->left() && (!found || each->began_at() < found->began_at())) found = each;
  return found;
}

bool census::well(const home& one, milliseconds for_so_long) const {
  const instant before = all_.time.now() - for_so_long;
  return one.at().well() && one.at().troubled_at() < before && one.began_at() < before &&
         one.way_cut_until() < before;
}

/// Who waits for the name of an earlier process writes nothing: the record that is judged is of that one, and
/// who waits has to judge it. Old views may make it seem to grow for long.
bool census::renews(const home& one, milliseconds for_so_long) const {
  return one.renews_since() && *one.renews_since() < all_.time.now() - for_so_long;
}

bool census::directory_well(milliseconds for_so_long) const {
  using enum grid::trouble;
  for (const grid::trouble each : {away, mute, slow})
    if (directory_.has(each) || directory_.had(each, for_so_long)) return false;
  // Without events whole reads are all there is: those may not be old.
  const auto lately = [&](grid::trouble which) {
    return directory_.has(which) || directory_.had(which, for_so_long);
  };
  if (lately(old_views) && lately(no_events)) return false;
  return !directory_.is_split() && all_.time.now() - directory_.shaken_at() > for_so_long;
}

bool census::directory_silent_for(const home& by) const {
  if (directory_.has(grid::trouble::slow) || directory_.had(grid::trouble::slow, long_enough)) return false;
  if (const auto since = directory_.silent_since())
    if (all_.time.now() - *since > silence_noticed) return true;
  const auto last = directory_.last_silence();
  return last && all_.time.now() - last->second < spared && last->second - last->first > silence_noticed &&
         by.began_at() < last->first;
}

void census::taken_for_dead(home& by, const directory::member_id& who) {
  all_.seen.sometimes(situation::member_taken_for_dead);
  const auto thrown_out = [&](const char* text) {
    all_.fail(promise::membership, by.at().name() + " takes " + who.text() + " for dead " + text);
  };
  if (by.is_connected_to(who)) return thrown_out("that it has a connection to");
  if (blind(by)) return thrown_out("while the directory says nothing");
  const home* other = living(who);
  // What it knew may be the record of an earlier process of that name: this one cannot tell that it is
  // greater where the directory was empty when it began.
  if (other && by.keeper().view().incarnation(who) > other->incarnation()) return;
  if (other && !other->leaving() && well(by, long_enough) && well(*other, long_enough) &&
      renews(*other, long_enough) && directory_well(long_enough))
    thrown_out("that renews");
}

bool census::blind(const home& by) const {
  return by.at().well() && all_.time.now() - by.at().troubled_at() > long_enough && directory_silent_for(by);
}

void census::gave_up(const home& by) {
  // Who has no room for what it holds gives up what it never announced, whatever others have.
  if (all_.life.router_memory_bytes == 0 && all_.time.now() - by.began_at() > long_enough && blind(by))
    all_.fail(promise::membership,
              by.at().name() + " gives up what it serves while the directory says nothing");
}

bool census::has_left(const directory::member_id& who) const {
  const auto ended = left_.find(who);
  return (ended != left_.end() && all_.time.now() - ended->second < long_enough) ||
         std::ranges::any_of(homes_, [&](const home* each) { return each->id() == who && each->left(); });
}

void census::taken_for_left(home& by, const directory::member_id& who) {
  const home* other = living(who);
  // Another process of that name may be there, that has not.
  if (has_left(who)) return;
  // Who stood still hears only now of who left meanwhile.
  const auto ended = left_.find(who);
  if (ended != left_.end() && ended->second >= by.at().stood_still_from() - long_enough &&
      all_.time.now() - by.at().troubled_at() <= long_enough)
    return;
  if (who == by.id() || !other || other->leaving() || all_.time.now() - other->began_at() < long_enough)
    return;
  all_.fail(promise::membership, by.at().name() + " takes " + who.text() + " for gone, which has not left");
}

void census::lost_name(home& of) {
  const home* first = living(of.id());
  const bool alone = std::ranges::count(homes_, of.id(), [](const home* each) { return each->id(); }) == 1;
  all_.seen.sometimes(situation::name_refused, first != &of);
  all_.seen.sometimes(situation::name_lost, first == &of && !alone);
  const bool rightly = first != &of || !well(of, 2 * long_enough) || !directory_well(2 * long_enough);
  // It ends, which viewers of what it alone served may notice.
  all_.undisturbed = false;
  if (!rightly) all_.fail(promise::membership, of.at().name() + " lost its name, and has lived all along");
}

void census::check_known() const {
  using enum grid::trouble;
  // Without events a new member is known by the next whole read only.
  if (!directory_well(long_enough) || directory_.has(no_events) || directory_.had(no_events, long_enough))
    return;
  for (const home* by : homes_) {
    if (!well(*by, long_enough)) continue;
    const auto known = by->members();
    for (const home* other : homes_) {
      if (other->leaving() || living(other->id()) != other) continue;
      if (!well(*other, long_enough) || !renews(*other, long_enough)) continue;
      // A record of before that seems newer has to be dead first; see taken_for_dead.
      if (by->keeper().view().incarnation(other->id()) > other->incarnation()) continue;
      if (std::ranges::find(known, other->id(), &directory::member::id) == known.end())
        return all_.fail(promise::membership,
                         by->at().name() + " does not know of " + other->id().text() + ", which renews");
    }
  }
}

bool census::has_all_records() const {
  return directory_well(long_enough);
}

std::string census::unsettled() const {
  std::set<std::string> there;
  for (const home* each : homes_)
    if (!each->left()) there.insert(each->id().text());
  for (const home* each : homes_) {
    if (each->left()) continue;
    std::set<std::string> known;
    for (const directory::member& one : each->members()) known.insert(one.id.text());
    for (const std::string& one : there)
      if (!known.contains(one)) return each->at().name() + " does not know of " + one;
    for (const std::string& one : known)
      if (!there.contains(one)) return each->at().name() + " still knows of " + one;
    if (!each->renews_since()) return each->at().name() + " waits for the name " + each->id().text();
    if (!each->keeper().state().connected)
      return each->at().name() + " does not reach the directory: " + each->keeper().state().reason;
  }
  return partition_without_router();
}

std::string census::partition_without_router() const {
  const std::size_t wanted =
      std::min<std::size_t>(std::max(1u, all_.life.replicas), std::max<std::size_t>(1, routers_.size()));
  for (table::partition_id p = 0; p < log_.partitions().size(); ++p) {
    std::size_t served = 0;
    for (const auto& each : routers_)
      served +=
          each->core() && each->core()->state().feed == log_.generation() && each->core()->serving().has(p);
    if (served < wanted)
      return "partition " + std::to_string(p) + " is served by " + std::to_string(served) + " of " +
             std::to_string(wanted) + " routers";
  }
  return {};
}

}  // namespace blotter::sim
