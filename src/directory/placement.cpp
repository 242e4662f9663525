#include "directory/placement.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.hpp"

namespace blotter::directory {

namespace {

/// What may be placed at once without waiting for the allowance to grow.
constexpr double allowance_seconds_max = 0.1;
/// Of what its streams cost at least: decides between nodes that are as busy, as all are that are overloaded.
constexpr double tie_break = 0.01;
/// Of the mean load, at which a node has started.
constexpr double settled_at = 0.5;

bool has_role(const member& one, role which) {
  return std::ranges::find(one.roles, which) != one.roles.end();
}

}  // namespace

void placement::see(std::span<const member> all, instant now) {
  std::set<member_id> there;
  std::size_t gateways = 0;
  for (const member& each : all) {
    gateways += has_role(each, role::gateway) ? 1 : 0;
    if (!has_role(each, role::node)) continue;
    there.insert(each.id);
    const auto [at, is_new] = nodes_.try_emplace(each.id);
    node& one = at->second;
    if (is_new) {
      const auto weight = weights_.find(each.id);
      one = {.name = stable_hash(each.id.text()),
             .weight = weight == weights_.end() ? weight_one : weight->second,
             .settled = !seen_,  // who was there before this gateway is no newcomer
             .grew = now,
             .joined = now,
             .allowed = now};
    }
    one.serving = each.stage == stage::serving;
    report(one, each.load, now);
  }
  std::erase_if(nodes_, [&](const auto& each) { return !there.contains(each.first); });
  gateways_ = std::max<std::size_t>(gateways, 1);
  seen_ = seen_ || !nodes_.empty();
  settle(now);
}

void placement::report(node& one, const load_report& load, instant now) {
  if (load.number == one.load.number) return;
  if (load.number < one.load.number) one.own.clear();  // another process of its name
  one.load = load;
  one.grew = now;
  while (!one.own.empty() && one.own.front().first + 2 <= load.number) one.own.pop_front();
}

void placement::settle(instant now) {
  const outlook over = look(now);
  for (auto& [id, one] : nodes_)
    if (knows_load(one, now) && load_of(one, over) >= settled_at * over.mean * one.weight / weight_one)
      one.settled = true;
}

void placement::set_suspect(const member_id& which, bool suspect) {
  if (suspect)
    suspects_.insert(which);
  else
    suspects_.erase(which);
}

void placement::set_weight(const member_id& which, std::uint32_t eighths) {
  check(eighths <= weight_max);
  weights_[which] = eighths;
  const auto found = nodes_.find(which);
  if (found != nodes_.end()) found->second.weight = eighths;
}

std::optional<placement::choice> placement::choose(std::string_view client, instant now) const {
  std::vector<contender> contenders;
  std::vector<decltype(nodes_)::const_iterator> nodes;
  for (auto it = nodes_.begin(); it != nodes_.end(); ++it) {
    if (!takes(it->first, it->second)) continue;
    contenders.push_back({it->second.name, it->second.weight});
    nodes.push_back(it);
  }
  const auto order = rendezvous(stable_hash(client), contenders, contenders.size());
  if (order.empty()) return std::nullopt;
  const auto& first = *nodes[order[0]];
  const bool blind = !directory_reachable_ || order.size() == 1 || !knows_load(first.second, now);
  if (blind) return choice{first.first, reason::first};

  const outlook over = look(now);
  const auto& second = *nodes[order[1]];
  const bool first_has_room = has_room(first.second, over, now);
  if (knows_load(second.second, now) && has_room(second.second, over, now)) {
    const auto share = [&](const node& one) { return (load_of(one, over) + over.stream_cost) / one.weight; };
    if (!first_has_room) return choice{second.first, reason::bounded};
    if (share(first.second) > options_.preference * share(second.second))
      return choice{second.first, reason::less_loaded};
  }
  if (first_has_room) return choice{first.first, reason::first};
  for (std::size_t rank = 2; rank < order.size(); ++rank) {
    const auto& next = *nodes[order[rank]];
    if (knows_load(next.second, now) && has_room(next.second, over, now))
      return choice{next.first, reason::bounded};
  }
  // All that have started are over the bound: a newcomer makes the mean so low that they must be.
  for (const std::size_t each : order)
    if (!starts_slowly(nodes[each]->second, now)) return choice{nodes[each]->first, reason::any};
  return choice{first.first, reason::any};
}

void placement::placed(const member_id& which, instant now) {
  const auto found = nodes_.find(which);
  if (found == nodes_.end()) return;
  node& one = found->second;
  if (one.own.empty() || one.own.back().first != one.load.number) one.own.emplace_back(one.load.number, 0);
  ++one.own.back().second;
  one.allowance = std::max(allowance(one, now) - 1, 0.0);
  one.allowed = now;
}

bool placement::takes(const member_id& id, const node& one) const {
  return one.serving && one.weight > 0 && !suspects_.contains(id);
}

bool placement::knows_load(const node& one, instant now) const {
  return one.load.number > 0 && now - one.grew <= options_.report_age_max;
}

placement::outlook placement::look(instant now) const {
  double busy = 0;
  double viewers = 0;
  double weights = 0;
  for (const auto& [id, one] : nodes_) {
    if (!takes(id, one) || !knows_load(one, now)) continue;
    busy += one.load.busy;
    viewers += static_cast<double>(one.load.viewers);
    weights += one.weight;
  }
  outlook over;
  over.stream_cost = std::max(options_.stream_cost_min, viewers > 0 ? busy / viewers : 0);
  double load = 0;
  for (const auto& [id, one] : nodes_)
    if (takes(id, one) && knows_load(one, now)) load += load_of(one, over);
  over.mean = weights > 0 ? load / weights * weight_one : 0;
  return over;
}

double placement::load_of(const node& one, const outlook& over) const {
  double own = 0;
  for (const auto& [number, count] : one.own) own += count;
  const double counted = static_cast<double>(one.load.viewers) * options_.stream_cost_min;
  return std::max(one.load.busy, counted) + tie_break * counted + own * over.stream_cost;
}

bool placement::starts_slowly(const node& one, instant now) const {
  return !one.settled && allowance(one, now) < 1;
}

// A load of one stream is never too much, or a cluster that is empty would have no room.
bool placement::has_room(const node& one, const outlook& over, instant now) const {
  if (starts_slowly(one, now)) return false;
  const double next = load_of(one, over) + over.stream_cost;
  const double most = options_.bound * (over.mean + over.stream_cost / static_cast<double>(nodes_.size())) *
                      one.weight / weight_one;
  return next <= std::max(most, over.stream_cost);
}

double placement::allowance(const node& one, instant now) const {
  using seconds = std::chrono::duration<double>;
  const double doublings = seconds(now - one.joined) / seconds(options_.slow_start_doubles);
  const double rate =
      options_.slow_start_rate / static_cast<double>(gateways_) * std::exp2(std::min(doublings, 30.0));
  const double grown = one.allowance + rate * seconds(now - one.allowed).count();
  return std::min(grown, std::max(rate * allowance_seconds_max, 1.0));
}

}  // namespace blotter::directory
