#include "sim/placements.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sim/host.hpp"

namespace blotter::sim {

namespace {

constexpr milliseconds watch_period{250};
constexpr milliseconds call_max{2'000};

}  // namespace

placements::placements(context& all, const grid& directory)
    : all_(all), directory_(directory), chance_(all.life.seed ^ 0x706c6163u) {
  shaken_at_ = directory.shaken_at();
  watch();
}

void placements::watch() {
  all_.time.after(watch_period, [this] {
    follow_split();
    remove_what_is_over();
    watch();
  });
}

/// Two halves that do not know of each other; then one again, with what the one had that wins. What else
/// shakes the directory makes some entries be lost.
void placements::follow_split() {
  if (std::exchange(shaken_at_, directory_.shaken_at()) == directory_.shaken_at()) return;
  const bool was = std::exchange(split_, directory_.is_split());
  if (split_ && !was) {
    sides_ = chance_.next();
    halves_[1] = halves_[0];
  } else if (was && !split_) {
    if (chance_.below(2) == 0) halves_[0] = halves_[1];
    halves_[1].clear();
  } else {
    for (entries& each : halves_) std::erase_if(each, [&](const auto&) { return chance_.below(2) == 0; });
  }
  shake();
}

void placements::shake() {
  for (end* each : ends_)
    each->deliver([each](instant) {
      if (each->ready_) each->user_->placements_shaken();
    });
}

void placements::remove_what_is_over() {
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<std::string> over;
    for (const auto& [client, one] : halves_[i])
      if (all_.time.now() >= one.over) over.push_back(client);
    for (const std::string& each : over) {
      halves_[i].erase(each);
      tell(i, each, std::nullopt);
    }
  }
}

std::size_t placements::side(const end& who) const {
  return split_ ? sides_ >> who.number_ & 1 : 0;
}

microseconds placements::way() {
  const auto us = static_cast<std::int64_t>(300 + chance_.below(2000));
  if (directory_.has(grid::trouble::slow))
    return microseconds(us + static_cast<std::int64_t>(chance_.below(1'500'000)));
  if (directory_.has(grid::trouble::disordered))
    return microseconds(us + static_cast<std::int64_t>(chance_.below(400'000)));
  return microseconds(us);
}

/// Another client's node, in other bytes than ours; or what names no node.
void placements::write_by_hand(std::size_t of_side, const std::string& client) {
  entries& all = halves_[of_side];
  const auto some = std::next(all.begin(), static_cast<std::ptrdiff_t>(chance_.below(all.size())));
  const std::string record = chance_.below(3) == 0 ? "?" : some->second.record + " ";
  all.find(client)->second.record = record;
  tell(of_side, client, record);
}

void placements::tell(std::size_t of_side, const std::string& client,
                      const std::optional<std::string>& record) {
  if (directory_.has(grid::trouble::no_events)) return;
  for (end* each : ends_) {
    if (!each->ready_ || side(*each) != of_side) continue;
    each->deliver([each, client, record](instant) {
      if (each->ready_) each->user_->placement_written(client, record);
    });
  }
}

placements::end::end(placements& of, host& at, std::uint32_t number) : of_(of), at_(at), number_(number) {
  of_.ends_.push_back(this);
}

placements::end::~end() {
  *alive_ = false;
  std::erase(of_.ends_, this);
}

void placements::end::deliver(told what) {
  const bool twice = of_.directory_.has(grid::trouble::disordered) && of_.chance_.below(3) == 0;
  for (int i = 0; i < (twice ? 2 : 1); ++i) {
    of_.all_.time.after(of_.way(), [this, alive = alive_, what] {
      if (!*alive || !reachable() || mute()) return;
      at_.post([this, alive, what] {
        if (*alive) what(at_.clock());
      });
    });
  }
}

bool placements::end::call(directory::map_call which, std::function<told()> run, instant now) {
  if (!ready_) return false;
  calls_[which] = now + call_max;
  of_.all_.time.after(of_.way(), [this, alive = alive_, which, what = std::move(run)] {
    if (!*alive || !reachable()) return;
    deliver([this, which, answer = what()](instant at) {
      calls_.erase(which);
      answer(at);
    });
  });
  return true;
}

void placements::end::tick(instant now) {
  if (ready_ && !reachable()) {
    ready_ = false;
    dial_at_ = now + milliseconds(static_cast<std::int64_t>(of_.chance_.below(1000)));
    for (const auto& [call, until] : std::exchange(calls_, {})) user_->placement_call_failed(call, now);
  }
  std::vector<directory::map_call> late;
  for (const auto& [call, until] : calls_)
    if (now >= until) late.push_back(call);
  for (const directory::map_call each : late)
    if (calls_.erase(each) > 0) user_->placement_call_failed(each, now);
  if (ready_ || now < dial_at_ || !reachable() || mute()) return;
  ready_ = true;
  user_->placements_shaken();
}

instant placements::end::over(milliseconds life) {
  return of_.all_.time.now() + life - milliseconds(static_cast<std::int64_t>(of_.chance_.below(1000)));
}

bool placements::end::put_if_absent(directory::map_call which, const std::string& client,
                                    const std::string& record, milliseconds life, instant now) {
  return call(
      which,
      [this, which, client, record, life]() -> told {
        const auto [at, is_new] = map().try_emplace(client, entry{record, over(life)});
        std::optional<std::string> before;
        if (!is_new) before = at->second.record;
        if (of_.all_.spoiled.is(sabotage::placement_written_over)) at->second.record = record, before.reset();
        if (!before) of_.tell(of_.side(*this), client, record);
        return [this, which, before](instant now_there) {
          user_->put_answered(which, before ? std::optional<std::string_view>(*before) : std::nullopt,
                              now_there);
        };
      },
      now);
}

bool placements::end::replace_if_same(directory::map_call which, const std::string& client,
                                      const std::string& before, const std::string& record, instant now) {
  return call(
      which,
      [this, which, client, before, record]() -> told {
        const auto found = map().find(client);
        // Somebody may always come between who reads and who writes.
        if (found != map().end() && of_.chance_.below(3) == 0) of_.write_by_hand(of_.side(*this), client);
        const bool same = found != map().end() && found->second.record == before;
        of_.all_.seen.sometimes(same ? situation::placement_replaced : situation::placement_replaced_first);
        if (same) {
          found->second.record = record;
          of_.tell(of_.side(*this), client, record);
        }
        return [this, which, same](instant at) { user_->replace_answered(which, same, at); };
      },
      now);
}

bool placements::end::set_life(directory::map_call which, const std::string& client, milliseconds life,
                               instant now) {
  return call(
      which,
      [this, which, client, life]() -> told {
        const auto found = map().find(client);
        if (found != map().end()) found->second.over = over(life);
        return [this, which](instant at) { user_->life_answered(which, at); };
      },
      now);
}

}  // namespace blotter::sim
