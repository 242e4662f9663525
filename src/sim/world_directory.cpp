#include "sim/world.hpp"

// The directory of a life, and what goes wrong with it.

namespace blotter::sim {

void world::begin_directory() {
  all_.undisturbed = only_the_directory_fails(all_.life);
  if (all_.life.directory == 0) return;
  directory_ = std::make_unique<grid>(all_);
  census_ = std::make_unique<census>(all_, *directory_, log_, routers_);
  std::uint32_t number = 0;
  for (auto& each : routers_) each->live_in(*directory_, *census_, number++);
  for (auto& each : nodes_) each->live_in(*directory_, *census_, number++);
}

void world::strike_directory(const fault& what) {
  if (!directory_) return;
  const instant until = all_.time.now() + what.lasts;
  using enum grid::trouble;
  switch (what.what) {
    case fault_kind::directory_away:
      all_.seen.sometimes(situation::directory_away);
      return directory_->begin(away, until);
    case fault_kind::directory_mute:
      return directory_->begin(mute, until);
    case fault_kind::directory_slow:
      return directory_->begin(slow, until);
    case fault_kind::directory_without_events:
      all_.seen.sometimes(situation::directory_without_events);
      return directory_->begin(no_events, until);
    case fault_kind::directory_disordered:
      return directory_->begin(disordered, until);
    case fault_kind::directory_of_old_views:
      return directory_->begin(old_views, until);
    case fault_kind::directory_split:
      directory_->split(what.detail >> 8);
      return mend_after(what.lasts, [this, detail = what.detail] { directory_->heal(detail); });
    case fault_kind::directory_emptied:
      return directory_->lose_all(what.detail & 256);
    case fault_kind::directory_clock_jumps:
      return directory_->expire_all();
    case fault_kind::directory_cut_off: {
      home* const one = home_of(what.detail % (routers_.size() + nodes_.size()));
      return one ? one->way().cut(until) : void();
    }
    case fault_kind::router_drained: {
      // Somebody must be there to take its partitions.
      std::size_t staying = 0;
      for (const auto& each : routers_) staying += each->alive() && !each->draining();
      router_host& at = *routers_[what.detail % routers_.size()];
      if (staying < 2 || !at.alive() || at.draining()) return;
      all_.seen.sometimes(situation::router_drained);
      return at.drain();
    }
    default:
      return double_name(what);
  }
}

home* world::home_of(std::size_t which) const {
  return which < routers_.size() ? routers_[which]->at_home() : nodes_[which - routers_.size()]->at_home();
}

twin_host* world::start_twin(std::size_t which) {
  const home* const first = home_of(which);
  if (!first) return nullptr;
  const auto number = static_cast<std::uint32_t>(routers_.size() + nodes_.size() + twins_.size());
  const directory::member self{.id = first->id(), .roles = {directory::role::node}};
  twins_.push_back(
      std::make_unique<twin_host>(all_, "second " + first->at().name(), *directory_, *census_, number, self));
  twins_.back()->start();
  return twins_.back().get();
}

void world::double_name(const fault& what) {
  if (twins_.size() >= 8) return;
  twin_host* const second = start_twin(what.detail % (routers_.size() + nodes_.size()));
  if (!second) return;
  const std::size_t number = routers_.size() + nodes_.size() + twins_.size() - 1;
  mend_after(what.lasts + milliseconds(9000), [second] { second->kill(); });
  if ((what.detail >> 40 & 1) == 0) return;
  // Each finds the name its own, on its side of a split.
  directory_->split(std::uint64_t{1} << number);
  mend_after(what.lasts + milliseconds(8000), [this, detail = what.detail] { directory_->heal(detail); });
}

/// Where all is well a second process is refused the name of a first one, which goes on.
void world::check_name_kept() {
  if (!directory_) return;
  // What was lost has to be written again.
  while (!all_.failure && !census_->has_all_records())
    all_.time.run_until(all_.time.now() + milliseconds(100), [this] { return all_.failure.has_value(); });
  const std::size_t which = all_.life.seed % (routers_.size() + nodes_.size());
  const twin_host* const second = start_twin(which);
  if (!second) return all_.fail(promise::recovery, "a process is not there at rest");
  const host& first = home_of(which)->at();
  const std::uint32_t life = first.life();
  const instant end = all_.time.now() + milliseconds(5000);
  while (!all_.failure && second->alive() && all_.time.now() < end)
    all_.time.run_until(all_.time.now() + milliseconds(100), [this] { return all_.failure.has_value(); });
  if (all_.failure) return;
  if (second->alive()) all_.fail(promise::membership, second->name() + " is not refused its name");
  if (!first.alive() || first.life() != life)
    all_.fail(promise::membership, second->name() + " has taken the name of the first");
}

void world::mend_directory() {
  if (!directory_) return;
  for (auto& each : twins_) each->kill();
  directory_->mend_all();
}

}  // namespace blotter::sim
