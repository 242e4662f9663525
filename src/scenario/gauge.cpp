#include "scenario/gauge.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "directory/rendezvous.hpp"
#include "scale/sizing.hpp"

namespace blotter::scenario {

namespace {

using namespace std::chrono_literals;

constexpr double even = 1.2;
constexpr seconds even_for = 30s;
constexpr double recent_seconds = 10;

std::uint64_t all_moves(const fleet& all) {
  return all.moves(reason_to_move::balance) + all.moves(reason_to_move::drain) +
         all.moves(reason_to_move::loss);
}

void mix(std::uint64_t& digest, double value) {
  digest = directory::mixed(digest ^ std::bit_cast<std::uint64_t>(value)) + 1;
}

}  // namespace

void gauge::add(seconds at, const fleet& all, double offered, instant now) {
  see_nodes(all);
  see_evenness(at, all);
  if (at < told_.counted_from) {
    moves_before_ = all_moves(all);
    minute_rows_.clear();
    for (node_minute& each : nodes_) each.busy = each.seconds = 0;
    std::ranges::fill(loads_, 0);
    return;
  }
  const node_kind& usual = told_.fleet.usual;
  const double load = offered / (usual.loops * usual.capacity);
  const std::uint32_t demand =
      std::clamp(scale::nodes_for(load, told_.scale.target), told_.scale.nodes_min, told_.scale.nodes_max);
  const auto serving = static_cast<std::uint32_t>(all.serving().size());
  sum_.nodes.add(now, all.paid(), serving, demand);
  sum_.nodes_most = std::max(sum_.nodes_most, all.paid());
  minute_.load += load / 60;
  minute_.nodes += all.paid() / 60.0;
  minute_.foresight += demand / 60.0;
  if (++seconds_ == 60) end_minute(all);
}

void gauge::see_nodes(const fleet& all) {
  nodes_.resize(all.nodes().size());
  loads_.resize(all.nodes().size());
  for (const node_number each : all.serving()) {
    const fleet::node& node = all.nodes()[each];
    node_minute& of = nodes_[each];
    of.busy += node.busy;
    ++of.seconds;
    of.recent += (node.busy - of.recent) / recent_seconds;
    loads_[each] += node.mean * node.capacity();
  }
}

void gauge::see_evenness(seconds at, const fleet& all) {
  if (!told_.upset || at < *told_.upset || all.serving().empty() || sum_.even_again) return;
  double most = 0;
  double mean = 0;
  for (const node_number each : all.serving()) {
    most = std::max(most, nodes_[each].recent);
    mean += nodes_[each].recent / static_cast<double>(all.serving().size());
  }
  if (most >= even * mean)
    even_since_.reset();
  else if (!even_since_)
    even_since_ = at;
  if (even_since_ && at - *even_since_ >= even_for) sum_.even_again = *even_since_ - *told_.upset;
}

void gauge::end_minute(const fleet& all) {
  minute_.p50 = minute_rows_.quantile(0.5);
  minute_.p99 = minute_rows_.quantile(0.99);
  double most = 0;
  unsigned whole = 0;
  for (const node_number each : all.serving()) {
    if (nodes_[each].seconds < 60) continue;
    ++whole;
    most = std::max(most, nodes_[each].busy / 60);
    minute_.busy += nodes_[each].busy / 60;
  }
  minute_.busy /= std::max(1u, whole);
  if (whole > 1 && minute_.busy > 0) minute_.unevenness = most / minute_.busy;
  minute_.moves = all_moves(all) - moves_before_;
  moves_before_ = all_moves(all);
  if (minute_.p99 > std::chrono::duration<double>(told_.objective).count()) ++sum_.minutes_over;
  for (const double each : {minute_.p50, minute_.p99, minute_.unevenness, minute_.load, minute_.nodes,
                            static_cast<double>(minute_.moves)})
    mix(sum_.digest, each);
  sum_.rows.add(minute_rows_);
  sum_.minutes.push_back(minute_);
  minute_ = {};
  minute_rows_.clear();
  seconds_ = 0;
  for (node_minute& each : nodes_) each.busy = each.seconds = 0;
}

outcome gauge::result(const policy& by, const fleet& all) const {
  outcome made = sum_;
  made.by = by;
  made.balanced = all.moves(reason_to_move::balance);
  made.handed_over = all.moves(reason_to_move::drain);
  made.rehomed = all.moves(reason_to_move::loss);
  made.counts = all.rows();
  made.waiting = all.waiting();
  mix(made.digest, made.counts.sent);
  mix(made.digest, made.counts.conflated);
  double load = 0;
  double capacity = 0;
  for (const node_number each : all.serving()) {
    load += loads_[each];
    capacity += all.nodes()[each].capacity();
  }
  for (const node_number each : all.serving()) {
    const double fair = load * all.nodes()[each].capacity() / capacity;
    if (fair > 0) made.share_error = std::max(made.share_error, std::abs(loads_[each] / fair - 1));
  }
  return made;
}

}  // namespace blotter::scenario
