#include "sim/grid.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "sim/host.hpp"

namespace blotter::sim {

namespace {

constexpr milliseconds sweep_period{250};
constexpr std::size_t views_max = 12;  ///< of the past, 6 s in all

std::size_t index(grid::trouble what) {
  return static_cast<std::size_t>(what);
}

std::uint64_t number_after(std::string_view text, std::string_view field) {
  const auto at = text.find(field);
  return at == text.npos ? 0 : std::strtoull(text.data() + at + field.size(), nullptr, 10);
}

void set_number(std::string& text, std::string_view field, std::uint64_t number) {
  const auto at = text.find(field);
  if (at == text.npos) return;
  const auto begins = at + field.size();
  text.replace(begins, text.find_first_not_of("0123456789", begins) - begins, std::to_string(number));
}

}  // namespace

grid::grid(context& all) : all_(all), chance_(all.life.seed ^ 0x67726964u) {
  overdue_ = milliseconds(static_cast<std::int64_t>(chance_.below(chance_.below(3) == 0 ? 20'000 : 400)));
  shaken_at_ = all.time.now();
  sweep();
}

void grid::begin(trouble what, instant until) {
  if (!has(what)) since_[index(what)] = all_.time.now();
  until_[index(what)] = std::max(until_[index(what)], until);
}

bool grid::has(trouble what) const {
  return all_.time.now() < until_[index(what)];
}

bool grid::had(trouble what, milliseconds within) const {
  return until_[index(what)] != instant{} && all_.time.now() - until_[index(what)] < within;
}

std::optional<instant> grid::silent_since() const {
  std::optional<instant> since;
  for (const trouble each : {trouble::away, trouble::mute})
    if (has(each)) since = std::min(since.value_or(since_[index(each)]), since_[index(each)]);
  return since;
}

std::optional<std::pair<instant, instant>> grid::last_silence() const {
  std::optional<std::pair<instant, instant>> last;
  for (const trouble each : {trouble::away, trouble::mute}) {
    const std::pair<instant, instant> time{since_[index(each)], until_[index(each)]};
    if (time.second == instant{} || has(each) || (last && last->second > time.second)) continue;
    last = time;
  }
  return last;
}

std::size_t grid::side(const end& who) const {
  return split_ ? sides_ >> who.number_ & 1 : 0;
}

microseconds grid::way() {
  const auto us = static_cast<std::int64_t>(300 + chance_.below(2000));
  if (has(trouble::slow)) return microseconds(us + static_cast<std::int64_t>(chance_.below(1'500'000)));
  if (has(trouble::disordered)) return microseconds(us + static_cast<std::int64_t>(chance_.below(400'000)));
  return microseconds(us);
}

void grid::shake() {
  shaken_at_ = all_.time.now();
}

void grid::split(std::uint64_t sides) {
  if (std::exchange(split_, true)) return;
  all_.say("the directory is split");
  all_.seen.sometimes(situation::directory_split);
  sides_ = sides;
  halves_[1] = halves_[0];
  shake();
  for (end* each : ends_)
    if (each->ready_) each->deliver([each](instant now) { each->user_->shaken(now); });
}

void grid::heal(std::uint64_t detail) {
  if (!split_) return;
  const std::size_t lost = detail & 1 ? 0 : 1;
  all_.say("the directory is one again");
  const auto losers = [&](const end& each) { return side(each) == lost; };
  for (end* each : ends_) {
    if (!each->ready_ || (detail & 2 && !losers(*each))) continue;
    if (losers(*each) && detail & 4)  // its member begins anew
      each->deliver([each](instant now) { each->lose("the member left its cluster", now); });
    else
      each->deliver([each](instant now) { each->user_->shaken(now); });
  }
  if (lost == 0) halves_[0] = halves_[1];
  halves_[1].clear();
  split_ = false;
  shake();
}

void grid::lose_all(bool told) {
  all_.say("the directory has lost all records");
  all_.seen.sometimes(situation::directory_emptied);
  for (entries& each : halves_) each.clear();
  shake();
  for (end* each : ends_)
    if (told && each->ready_) each->deliver([each](instant now) { each->user_->shaken(now); });
}

void grid::expire_all() {
  all_.say("the directory's clock jumps");
  for (std::size_t i = 0; i < 2; ++i)
    for (const auto& [key, one] : std::exchange(halves_[i], {})) tell(i, change::lost, key, one.record);
  shake();
}

void grid::mend_all() {
  heal(2);
  for (instant& each : until_) each = std::min(each, all_.time.now());
  for (end* each : ends_) each->cut_until_ = std::min(each->cut_until_, all_.time.now());
}

/// Its clock goes on, and what is over its time is removed some time.
void grid::sweep() {
  all_.time.after(sweep_period, [this] {
    remember();
    keep_the_dead();
    for (std::size_t i = 0; i < 2; ++i) {
      std::vector<std::pair<std::string, std::string>> over;
      for (const auto& [key, one] : halves_[i])
        if (all_.time.now() >= one.over + overdue_) over.emplace_back(key, one.record);
      for (const auto& [key, record] : over) {
        halves_[i].erase(key);
        all_.seen.sometimes(situation::record_expired_late, overdue_ > milliseconds(3000));
        tell(i, change::lost, key, record);
      }
    }
    sweep();
  });
}

/// Planted: records grow that nobody writes any more.
void grid::keep_the_dead() {
  const bool all = all_.spoiled.is(sabotage::lease_never_dies);
  if (!all && !all_.spoiled.is(sabotage::removed_member_kept)) return;
  for (std::size_t i = 0; i < 2; ++i) {
    for (auto& [key, one] : halves_[i]) {
      if ((!all && !one.left) || all_.time.now() - one.written < milliseconds(1500)) continue;
      one.written = all_.time.now();
      one.over = one.written + milliseconds(4000);
      set_number(one.record, "\"renewal\":", number_after(one.record, "\"renewal\":") + 1);
      tell(i, change::written, key, one.record);
    }
  }
}

void grid::remember() {
  for (std::size_t i = 0; i < 2; ++i) {
    before_[i].push_back(halves_[i]);
    if (before_[i].size() > 2 * views_max) before_[i].pop_front();
  }
}

const grid::entries& grid::view_for(const end& who) {
  const auto& past = before_[side(who)];
  if (!has(trouble::old_views) || past.empty()) return of(who);
  all_.seen.sometimes(situation::directory_old_view);
  return past[past.size() - 1 - chance_.below(past.size())];
}

void grid::tell(std::size_t of_side, change what, const std::string& key, const std::string& record) {
  if (has(trouble::no_events)) return;
  for (end* each : ends_) {
    if (!each->ready_ || side(*each) != of_side) continue;
    each->deliver([each, what, key, record](instant now) {
      if (!each->ready_) return;
      if (what == change::written) return each->hear_written(key, record, now);
      const bool by_hand = what == change::removed || each->of_.all_.spoiled.is(sabotage::expiry_as_removal);
      if (!each->spoiled_record(key, record)) return;
      if (by_hand)
        each->user_->entry_removed(key, now);
      else
        each->user_->entry_lost(key, now);
    });
  }
}

grid::end::end(grid& of, host& at, std::uint32_t number, std::string id)
    : of_(of), at_(at), number_(number), id_(std::move(id)), alive_(std::make_shared<bool>(true)) {
  of_.ends_.push_back(this);
}

grid::end::~end() {
  *alive_ = false;
  std::erase(of_.ends_, this);
}

void grid::end::deliver(told what) {
  const bool disordered = of_.has(trouble::disordered);
  const int times = disordered && of_.chance_.below(3) == 0 ? 2 : 1;
  for (int i = 0; i < times; ++i) {
    of_.all_.time.after(of_.way(), [this, alive = alive_, what] {
      if (!*alive || !reachable() || of_.has(trouble::mute)) return;
      at_.post([this, alive, what] {
        if (!*alive) return;
        heard_ = at_.clock();
        what(heard_);
      });
    });
  }
}

bool grid::end::call(directory::map_call which, std::function<told()> run, instant now) {
  if (!ready_) return false;
  calls_[which] = now + milliseconds(2000);
  of_.all_.time.after(of_.way(), [this, alive = alive_, which, what = std::move(run)] {
    if (!*alive || !reachable()) return;
    deliver([this, which, answer = what()](instant at) {
      calls_.erase(which);
      answer(at);
    });
  });
  return true;
}

bool grid::end::ready() const {
  return ready_ || of_.all_.spoiled.is(sabotage::dead_while_directory_away);
}

milliseconds grid::end::quiet(instant now) const {
  if (!ready_ || of_.all_.spoiled.is(sabotage::dead_while_directory_away)) return milliseconds(0);
  return std::chrono::duration_cast<milliseconds>(now - heard_);
}

bool grid::end::put(directory::map_call which, const directory::member_id& key, const std::string& record,
                    milliseconds life, instant now) {
  const std::string name = key.text();
  if (!wrote_at_) wrote_at_ = of_.all_.time.now();
  if (!ready_ && ready()) {  // planted: takes itself for connected
    at_.post([this, alive = alive_, which] {
      if (*alive) user_->wrote(which, std::nullopt, at_.clock());
    });
    return true;
  }
  return call(
      which,
      [this, which, name, record, life]() -> told {
        std::optional<std::string> before;
        if (!of_.all_.spoiled.is(sabotage::renewal_lost) || record.find("\"renewal\":1,") != record.npos) {
          entry& one = of_.of(*this)[name];
          if (!one.record.empty()) before = one.record;
          one.record = record;
          one.written = of_.all_.time.now();
          one.over = one.written + life - milliseconds(static_cast<std::int64_t>(of_.chance_.below(1000)));
          of_.tell(of_.side(*this), change::written, name, record);
        }
        return [this, which, before](instant at) {
          user_->wrote(which, before ? std::optional<std::string_view>(*before) : std::nullopt, at);
        };
      },
      now);
}

bool grid::end::remove_if_same(directory::map_call which, const directory::member_id& key,
                               const std::string& record, instant now) {
  const std::string name = key.text();
  return call(
      which,
      [this, which, name, record]() -> told {
        entries& mine = of_.of(*this);
        const auto found = mine.find(name);
        const bool same = found != mine.end() && found->second.record == record;
        if (same && of_.all_.spoiled.is(sabotage::removed_member_kept)) {
          found->second.left = true;
          return [this, which](instant at) { user_->removed_if_same(which, true, at); };
        }
        if (same) mine.erase(found);
        if (same) of_.tell(of_.side(*this), change::removed, name, record);
        return [this, which, same](instant at) { user_->removed_if_same(which, same, at); };
      },
      now);
}

bool grid::end::read_all(directory::map_call which, instant now) {
  return call(
      which,
      [this, which]() -> told {
        std::vector<std::pair<std::string, std::string>> all;
        for (const auto& [key, one] : of_.view_for(*this)) all.emplace_back(key, one.record);
        if (of_.all_.spoiled.is(sabotage::read_again_left_out)) {
          if (first_view_.empty()) first_view_ = all;
          all = first_view_;
        }
        return [this, which, all](instant at) {
          std::vector<std::pair<std::string, std::string>> told_of;
          for (const auto& [key, record] : all)
            if (const auto one = spoiled_record(key, record)) told_of.emplace_back(key, *one);
          std::vector<directory::member_map_user::stored> shown;
          for (const auto& [key, record] : told_of) shown.push_back({key, record});
          user_->all_read(which, shown, at);
        };
      },
      now);
}

void grid::end::hear_written(const std::string& key, const std::string& record, instant now) {
  if (const auto one = spoiled_record(key, record)) user_->entry_written({key, *one}, now);
}

/// The record as this process is told of it; none when it is not.
std::optional<std::string> grid::end::spoiled_record(const std::string& key, const std::string& record) {
  const saboteur& spoiled = of_.all_.spoiled;
  if (!spoiled.active()) return record;
  if (spoiled.is(sabotage::name_taken_from_the_living) && key == id_ && !wrote_at_) return std::nullopt;
  std::string text = record;
  if (spoiled.is(sabotage::older_incarnation_taken)) set_number(text, "\"incarnation\":", 1);
  return text;
}

void grid::end::lose(const std::string& why, instant now) {
  ready_ = false;
  dial_at_ = now + milliseconds(static_cast<std::int64_t>(of_.chance_.below(1000)));
  if (!of_.all_.spoiled.is(sabotage::dead_while_directory_away)) user_->away(why, now);
  for (const auto& [call, until] : std::exchange(calls_, {})) give_up(call, "connection lost", now);
}

void grid::end::give_up(directory::map_call which, const char* why, instant now) {
  if (!of_.all_.spoiled.is(sabotage::dead_while_directory_away)) return user_->failed(which, why, now);
  user_->wrote(which, std::nullopt, now);  // planted: whatever it was
  user_->all_read(which, {}, now);
}

void grid::end::tick(instant now) {
  if (ready_ && of_.has(trouble::away)) return lose("the connection is reset", now);
  if (ready_ && now - heard_ > milliseconds(4000)) return lose("the member is silent", now);
  for (bool more = true; more;) {
    more = false;
    for (const auto& [call, until] : calls_) {
      if (now < until) continue;
      const auto late = call;
      calls_.erase(late);
      give_up(late, "no answer in time", now);
      more = true;
      break;
    }
  }
  if (ready_ && now - pinged_ >= milliseconds(1000)) {
    pinged_ = now;
    of_.all_.time.after(of_.way(), [this, alive = alive_] {
      if (*alive && reachable()) deliver([](instant) {});
    });
  }
  if (ready_ || now < dial_at_) return;
  dial_at_ = now + milliseconds(100 + static_cast<std::int64_t>(of_.chance_.below(900)));
  if (!reachable() || of_.has(trouble::mute)) return user_->away("no member is reached", now);
  deliver([this](instant at) {
    if (std::exchange(ready_, true)) return;
    pinged_ = at;
    user_->ready(at);
  });
}

}  // namespace blotter::sim
