#include "sim/home.hpp"

#include <algorithm>
#include <utility>

namespace blotter::sim {

home::home(context& all, grid& in, home_watcher& watcher, host& at, std::uint32_t number,
           directory::member self, hooks told)
    : all_(all),
      watcher_(watcher),
      at_(at),
      self_(std::move(self)),
      told_(std::move(told)),
      keeper_({}, all.processes.next(),
              [this] {
                if (std::exchange(due_, true)) return;
                at_.post([this, alive = alive_] {
                  if (*alive) deliver();
                });
              }),
      way_(in, at, number, self_.id.text()),
      began_at_(all.time.now()) {
  way_.use(keeper_);
  keeper_.use(way_);
  self_.stage = directory::stage::serving;
  (void)keeper_.join(self_, at_.clock());
  watcher_.began(*this);
}

home::~home() {
  *alive_ = false;
  watcher_.ended(*this);
}

void home::tick() {
  const instant now = at_.clock();
  keeper_.tick(now);
  way_.tick(now);
  if (now - reported_ < milliseconds(1000) || lost_ || left_) return;
  reported_ = now;
  report();
}

void home::report() {
  const bool known = keeper_.state().connected;
  all_.seen.sometimes(situation::served_without_directory, !known && at_.well());
  if (keeper_.report(self_.id, {.number = ++reports_}, at_.clock())) return;
  lost_ = true;
  all_.say(at_.name(), " is told that another process is ", self_.id.text());
  watcher_.lost_name(*this);
  told_.lost();
}

void home::deliver() {
  due_ = false;
  for (const directory::event& each : keeper_.take_events()) {
    if (const auto* joined = std::get_if<directory::member_joined>(&each)) {
      const bool again = joined->how == directory::member_joined::arrival::again;
      all_.say(at_.name(), " knows ", joined->who.id.text(), again ? " again" : "");
      all_.seen.sometimes(situation::member_back_again, again);
    }
    const auto* left = std::get_if<directory::member_left>(&each);
    if (!left) continue;
    const bool silent = left->why == directory::member_left::departure::silent;
    all_.say(at_.name(), silent ? " takes for dead " : " has left of it ", left->who.text());
    if (silent) watcher_.taken_for_dead(*this, left->who);
    if (left->why == directory::member_left::departure::left) watcher_.taken_for_left(*this, left->who);
  }
  told_.changed();
}

void home::share(const directory::feed_share& what) {
  (void)keeper_.share(self_.id, what, at_.clock());
}

void home::drain() {
  draining_ = true;
  (void)keeper_.enter(self_.id, directory::stage::draining, at_.clock());
}

void home::leave() {
  if (std::exchange(left_, true)) return;
  keeper_.leave(self_.id, at_.clock());
}

void home::set_connected(const directory::member_id& who, bool yes) {
  std::erase(connected_, who);
  if (yes) connected_.push_back(who);
  if (!all_.spoiled.is(sabotage::connected_peer_forgotten)) keeper_.set_connected(who, yes);
}

bool home::is_connected_to(const directory::member_id& who) const {
  return std::ranges::find(connected_, who) != connected_.end();
}

}  // namespace blotter::sim
