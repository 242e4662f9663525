#include "scenario/run.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>
#include <utility>

#include "directory/rendezvous.hpp"
#include "scale/sizing.hpp"
#include "scenario/gauge.hpp"

namespace blotter::scenario {

namespace {

using namespace std::chrono_literals;

constexpr std::array<policy, 6> all_policies = {{
    {"blotter", "two nodes by rendezvous, the less loaded; the autoscaler"},
    {"round_robin", "round robin; our autoscaler", placing::round_robin},
    {"least_connections", "fewest viewers; our autoscaler", placing::least_connections},
    {"bounded_hashing", "consistent hashing with bounded loads; our autoscaler", placing::bounded_hashing},
    {"hpa", "our placement; an HPA at 65 % CPU", placing::blotter, sizing::hpa},
    {"hpa_with_floor",
     "our placement; an HPA at 65 % CPU that never has fewer nodes than the highest load needs",
     placing::blotter, sizing::hpa_with_floor},
}};

std::unique_ptr<sizer> make_sizer(sizing which, const story& told, scale::load_history history) {
  if (told.fixed) which = sizing::fixed;
  hpa_settings by{.nodes_min = told.scale.nodes_min, .nodes_max = told.scale.nodes_max};
  switch (which) {
    case sizing::fixed:
      return std::make_unique<fixed_size>();
    case sizing::hpa_with_floor:
      by.nodes_min = std::max(by.nodes_min, told.nodes_for_highest);
      return std::make_unique<hpa>(by);
    case sizing::hpa:
      return std::make_unique<hpa>(by);
    case sizing::blotter:
      break;
  }
  return std::make_unique<own_sizer>(told.scale, std::move(history));
}

/// One day of a story.
class day {
 public:
  day(const story& told, const policy& by, std::uint64_t seed, unsigned days_before,
      scale::load_history history, balancer* moves)
      : told_(told),
        crowd_(told.crowd, seed),
        fleet_(told.fleet, crowd_.clients()),
        actuator_(fleet_),
        placer_(make_placer(by.places, told.fleet.gateways)),
        sizer_(make_sizer(by.sizes, told, std::move(history))),
        moves_(moves),
        begins_(told.begins - days_before * std::chrono::days(1)),
        gauge_(told) {}

  void live() {
    for (const node_kind& each : told_.nodes) fleet_.start(each, now_, 0ms);
    for (seconds at{0}; at < told_.length; at += 1s, now_ += 1s) {
      for (const happening& each : told_.happens)
        if (each.at == at) happen(each);
      fleet_.settle(now_);
      placer_->see(fleet_, now_);
      place(static_cast<double>(at.count()));
      if (moves_) balance();
      fleet_.rehome(where(), crowd_.busy(), now_, gauge_.written());
      fleet_.work(crowd_.busy(), gauge_.written());
      gauge_.add(at, fleet_, crowd_.offered(), now_);
      sizer_->look(fleet_, now_, begins_ + at, actuator_);
    }
  }
  const sizer& size() const { return *sizer_; }
  outcome result(const policy& by) const { return gauge_.result(by, fleet_); }

 private:
  fleet::chooser where() {
    return [this](client_number who) { return placer_->choose(who, fleet_, now_); };
  }

  void place(double at) {
    crowd_.pass(at);
    for (const client_number each : crowd_.left()) fleet_.leave(each);
    std::erase_if(unplaced_, [&](client_number each) {
      return std::ranges::find(crowd_.left(), each) != crowd_.left().end();
    });
    unplaced_.insert(unplaced_.end(), crowd_.came().begin(), crowd_.came().end());
    std::vector<client_number> none;
    for (const client_number each : unplaced_) {
      const auto to = placer_->choose(each, fleet_, now_);
      to ? fleet_.connect(each, *to) : none.push_back(each);
    }
    unplaced_ = std::move(none);
    fleet_.hand_over(where(), now_);
  }

  void balance() {
    const auto decided = moves_->look(balance_view(fleet_, crowd_.busy(), now_));
    for (const balancer::weight& each : decided.weights) placer_->set_weight(each.node, each.eighths);
    for (const balancer::move& each : decided.moves)
      fleet_.move(each.who, each.from, each.to, each.viewers, reason_to_move::balance);
  }

  void happen(const happening& what) {
    if (what.what == happening::kind::kill_autoscaler) return sizer_->kill(now_);
    if (what.what == happening::kind::add_node) {
      fleet_.start(told_.fleet.usual, now_, 0ms);
      return;
    }
    if (what.which >= fleet_.serving().size()) return;
    const node_number which = fleet_.serving()[what.which];
    if (what.what == happening::kind::kill_node) fleet_.kill(which, now_);
    if (what.what == happening::kind::drain_node) fleet_.drain(which, now_);
    if (what.what == happening::kind::slow_node) fleet_.set_speed(which, what.speed);
    if (what.what == happening::kind::quick_node) fleet_.set_speed(which, 1);
  }

  const story& told_;
  crowd crowd_;
  fleet fleet_;
  fleet_actuator actuator_;
  std::unique_ptr<placer> placer_;
  std::unique_ptr<sizer> sizer_;
  balancer* moves_;
  wall_time begins_;
  gauge gauge_;
  instant now_{1'000h};
  std::vector<client_number> unplaced_;
};

}  // namespace

std::span<const policy> policies() {
  return all_policies;
}

std::optional<policy> policy_named(std::string_view name) {
  const auto found = std::ranges::find(all_policies, name, &policy::name);
  return found == all_policies.end() ? std::nullopt : std::optional(*found);
}

outcome run(const story& told, const policy& by, std::uint64_t seed, balancer* moves) {
  scale::load_history history;
  const bool remembers = by.sizes == sizing::blotter && !told.fixed;
  for (unsigned before = remembers ? told.earlier_days : 0; before > 0; --before) {
    day earlier(told, by, directory::mixed(seed + before), before, std::move(history), moves);
    earlier.live();
    history = earlier.size().history();
  }
  day today(told, by, seed, 0, std::move(history), moves);
  today.live();
  return today.result(by);
}

double outcome::worst_minute() const {
  double worst = 0;
  for (const minute_of& each : minutes) worst = std::max(worst, each.p99);
  return worst;
}

double outcome::unevenness(double part) const {
  std::vector<double> all;
  for (const minute_of& each : minutes)
    if (each.unevenness > 0 && each.busy >= busy_min) all.push_back(each.unevenness);
  if (all.empty()) return 0;
  std::ranges::sort(all);
  return all[static_cast<std::size_t>(part * static_cast<double>(all.size() - 1))];
}

}  // namespace blotter::scenario
