#include "scenario/fleet.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "directory/rendezvous.hpp"

namespace blotter::scenario {

namespace {

/// Of an exponential distribution's mean.
constexpr double p90_of_mean = 2.302585;
/// Of a drain's time, in which all is to be handed over.
constexpr double drain_part = 0.6;

double in_seconds(instant::duration time) {
  return std::chrono::duration<double>(time).count();
}

directory::member_id named(const std::string& name) {
  return *directory::member_id::parse(name);
}

directory::member made(const std::string& name, directory::role role) {
  directory::member one{.id = named(name)};
  one.roles = {role};
  one.stage = directory::stage::serving;
  return one;
}

}  // namespace

fleet::fleet(fleet_settings settings, const std::vector<client>& clients)
    : settings_(std::move(settings)), clients_(clients), places_(clients.size()) {
  for (unsigned i = 0; i < settings_.gateways; ++i)
    members_.push_back(made("gateway-" + std::to_string(i), directory::role::gateway));
}

// Nodes.

node_number fleet::start(node_kind kind, instant now, milliseconds takes) {
  node one{.kind = kind, .up = now + takes};
  one.loops.resize(kind.loops);
  nodes_.push_back(std::move(one));
  list();
  return static_cast<node_number>(nodes_.size() - 1);
}

void fleet::drain(node_number which, instant now) {
  node& one = nodes_[which];
  if (one.is == phase::starting) return end(which);
  if (one.is != phase::serving) return;
  one.is = phase::draining;
  one.asked = now;
  one.pace =
      std::max(1.0, static_cast<double>(one.viewers) / (drain_part * in_seconds(settings_.drain_time)));
  for (client_number who = 0; who < places_.size(); ++who)
    for (const part& each : places_[who])
      if (each.node == which) one.leaving.push_back(who);
  for (directory::member& each : members_)
    if (number_of(each.id) == which) each.stage = directory::stage::draining;
  list();
}

void fleet::kill(node_number which, instant now) {
  node& one = nodes_[which];
  for (client_number who = 0; who < places_.size() && one.clients > 0; ++who) {
    const auto at = std::ranges::find(places_[who], which, &part::node);
    if (at == places_[who].end()) continue;
    const std::uint32_t viewers = at->viewers;
    rows_.dropped += take(who, which, viewers);
    held_.push_back({who, viewers, now});
  }
  end(which);
}

void fleet::end(node_number which) {
  nodes_[which].is = phase::gone;
  std::erase_if(members_, [&](const directory::member& each) { return number_of(each.id) == which; });
  list();
}

void fleet::settle(instant now) {
  for (node_number which = 0; which < nodes_.size(); ++which) {
    node& one = nodes_[which];
    if (one.is == phase::starting && one.up <= now) {
      one.is = phase::serving;
      members_.push_back(made("n" + std::to_string(which), directory::role::node));
      list();
    } else if (one.is == phase::draining && one.viewers == 0) {
      end(which);
    }
  }
}

void fleet::list() {
  serving_.clear();
  paid_ = starting_ = 0;
  for (node_number which = 0; which < nodes_.size(); ++which) {
    if (nodes_[which].is == phase::serving) serving_.push_back(which);
    if (nodes_[which].is == phase::starting) ++starting_;
    if (nodes_[which].is != phase::gone) ++paid_;
  }
}

std::optional<node_number> fleet::number_of(const directory::member_id& id) {
  const std::string& text = id.text();
  node_number number = 0;
  const auto [end, failed] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  const bool whole = failed == std::errc() && end == text.data() + text.size();
  return text.front() == 'n' && whole ? std::optional(number) : std::nullopt;
}

// Clients.

fleet::node::loop& fleet::loop_of(client_number who, node_number on) {
  node& one = nodes_[on];
  return one.loops[directory::core_of(clients_[who].id, one.kind.loops)];
}

void fleet::put(client_number who, node_number on, std::uint32_t viewers) {
  const client& of = clients_[who];
  node::loop& loop = loop_of(who, on);
  loop.rates[of.group] += of.rate * viewers;
  loop.tables += std::int64_t{of.rows} * viewers;
  nodes_[on].viewers += viewers;
  auto& places = places_[who];
  const auto at = std::ranges::find(places, on, &part::node);
  if (at != places.end()) {
    at->viewers += viewers;
    return;
  }
  places.push_back({on, viewers});
  ++nodes_[on].clients;
}

/// Returns what of the backlog was theirs.
double fleet::take(client_number who, node_number from, std::uint32_t viewers) {
  const client& of = clients_[who];
  node::loop& loop = loop_of(who, from);
  const std::int64_t rows = std::int64_t{of.rows} * viewers;
  check(loop.tables >= rows);
  const double waiting = loop.backlog * static_cast<double>(rows) / static_cast<double>(loop.tables);
  loop.backlog -= waiting;
  loop.rates[of.group] -= of.rate * viewers;
  loop.tables -= rows;
  nodes_[from].viewers -= viewers;
  auto& places = places_[who];
  const auto at = std::ranges::find(places, from, &part::node);
  at->viewers -= viewers;
  if (at->viewers == 0) {
    places.erase(at);
    --nodes_[from].clients;
  }
  return waiting;
}

/// Rows that wait are rows of its tables, each once.
void fleet::add_backlog(client_number who, node_number on, double rows) {
  node::loop& loop = loop_of(who, on);
  const double room = std::max(0.0, static_cast<double>(loop.tables) - loop.backlog);
  loop.backlog += std::min(rows, room);
  rows_.conflated += std::max(0.0, rows - room);
}

void fleet::connect(client_number who, node_number to) {
  const client& of = clients_[who];
  put(who, to, of.viewers);
  ++connected_;
  const double snapshot = static_cast<double>(of.rows) * of.viewers;
  rows_.snapshots += snapshot;
  add_backlog(who, to, snapshot);
}

void fleet::leave(client_number who) {
  const bool was_held = std::erase_if(held_, [&](const held& each) { return each.who == who; }) > 0;
  if (was_held || !places_[who].empty()) --connected_;
  while (!places_[who].empty()) {
    const part last = places_[who].back();
    rows_.dropped += take(who, last.node, last.viewers);
  }
}

bool fleet::move(client_number who, node_number from, node_number to, std::uint32_t viewers,
                 reason_to_move why) {
  const auto at = std::ranges::find(places_[who], from, &part::node);
  const bool can = at != places_[who].end() && to < nodes_.size() && nodes_[to].is == phase::serving;
  if (!can || from == to || viewers == 0) return false;
  const std::uint32_t count = std::min(viewers, at->viewers);
  const double waiting = take(who, from, count);
  put(who, to, count);
  const double again = settings_.resume_rows * count;
  rows_.resumed += again;
  add_backlog(who, to, waiting + again);
  ++moves_[static_cast<std::size_t>(why)];
  return true;
}

void fleet::hand_over(const chooser& where, instant now) {
  for (node_number which = 0; which < nodes_.size(); ++which) {
    if (nodes_[which].is != phase::draining) continue;
    const bool late = now - nodes_[which].asked >= settings_.drain_time;
    double budget = nodes_[which].pace;
    while (!nodes_[which].leaving.empty() && (budget > 0 || late)) {
      const client_number who = nodes_[which].leaving.back();
      const auto at = std::ranges::find(places_[who], which, &part::node);
      if (at != places_[who].end()) {
        const auto to = where(who);
        if (!to) break;
        budget -= at->viewers;
        move(who, which, *to, at->viewers, reason_to_move::drain);
      }
      nodes_[which].leaving.pop_back();
    }
  }
}

void fleet::rehome(const chooser& where, const factors& busy, instant now, ages& into) {
  double budget = settings_.reopened_per_second;
  while (!held_.empty() && budget > 0) {
    const held first = held_.front();
    if (now - first.since < settings_.noticed_after) return;
    const auto to = where(first.who);
    if (!to) return;
    held_.erase(held_.begin());
    budget -= first.viewers;
    put(first.who, *to, first.viewers);
    const client& of = clients_[first.who];
    const double away = in_seconds(now - first.since);
    const double came = static_cast<double>(of.rate) / 1'000 * first.viewers * busy[of.group] * away;
    const double once = std::min(came, static_cast<double>(of.rows) * first.viewers);
    const double again = settings_.resume_rows * first.viewers;
    rows_.offered += came;
    rows_.conflated += came - once;
    rows_.resumed += again;
    add_backlog(first.who, *to, once + again);
    for (const double age : {0.25, 0.5, 0.75, 1.0}) into.add(age * away, once / 4);
    ++moves_[static_cast<std::size_t>(reason_to_move::loss)];
  }
}

// Work.

void fleet::work(const factors& busy, ages& into) {
  for (directory::member& each : members_)
    if (const auto number = number_of(each.id)) work(nodes_[*number], each.load, busy, into);
}

void fleet::work(node& one, directory::load_report& report, const factors& busy, ages& into) {
  one.busy = one.mean = 0;
  double sent = 0;
  double delay = 0;
  double response = 0;
  for (node::loop& loop : one.loops) {
    loop_load load{.tables = static_cast<double>(loop.tables),
                   .capacity = one.kind.capacity * one.speed,
                   .burst = settings_.burst};
    for (std::size_t i = 0; i < groups; ++i)
      load.offered += static_cast<double>(loop.rates[i]) / 1'000 * busy[i];
    const loop_work done = work_off(loop.backlog, load, 1);
    rows_.offered += load.offered;
    rows_.sent += done.sent;
    rows_.conflated += done.conflated;
    into.add_exponential(done.shift, done.scale, done.sent);
    one.busy = std::max(one.busy, done.busy);
    one.mean += done.busy / one.kind.loops;
    sent += done.sent;
    response = std::max(response, done.shift + done.scale);
    if (done.sent > 0) delay = std::max(delay, done.shift + p90_of_mean * done.scale);
  }
  one.response = milliseconds(std::llround(1'000 * response));
  ++report.number;
  report.busy = one.busy;
  report.viewers = one.viewers;
  report.rows_per_second = sent;
  report.flush_delay = milliseconds(std::llround(1'000 * delay));
}

double fleet::waiting() const {
  double all = 0;
  for (const node& each : nodes_)
    for (const node::loop& loop : each.loops) all += loop.backlog;
  return all;
}

}  // namespace blotter::scenario
