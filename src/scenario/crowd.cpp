#include "scenario/crowd.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace blotter::scenario {

namespace {

constexpr double rate_spread = 0.8;
constexpr double wander_size = 0.1;
constexpr double wander_seconds = 300;
constexpr double noise_size = 0.05;

/// Most have one page open, a few teams share an account.
std::uint32_t viewers_of(double chance) {
  if (chance < 0.80) return 1;
  if (chance < 0.95) return 2;
  if (chance < 0.99) return 4;
  return 15;
}

void take_out(std::vector<client_number>& of, std::size_t at) {
  std::swap(of[at], of.back());
  of.pop_back();
}

}  // namespace

crowd::crowd(crowd_settings settings, std::uint64_t seed) : settings_(std::move(settings)), chance_(seed) {
  make_clients();
  if (settings_.hot_part > 0) make_hot();
  for (client_number i = 0; i < clients_.size(); ++i) absent_.push_back(i);
}

void crowd::make_clients() {
  double all = 0;
  std::vector<double> wants;
  for (std::uint32_t i = 0; i < settings_.clients; ++i) {
    client one;
    one.id = "client-" + std::to_string(i);
    one.viewers = viewers_of(chance_.unit());
    one.group = static_cast<std::uint8_t>(chance_.below(groups - 1));
    one.rows = static_cast<std::uint32_t>(std::max(1.0, 2 * settings_.table_rows * chance_.unit()));
    wants.push_back(std::exp(rate_spread * normal()));
    all += wants.back() * one.viewers;
    clients_.push_back(std::move(one));
  }
  for (std::uint32_t i = 0; i < settings_.clients; ++i)
    clients_[i].rate = std::llround(1'000 * settings_.load * wants[i] / all);
}

void crowd::make_hot() {
  client& hot = clients_.front();
  hot.group = hot_group;
  hot.viewers = settings_.hot_viewers;
  const double wants = settings_.load * settings_.hot_part / (1 - settings_.hot_part);
  hot.rate = std::llround(1'000 * wants / hot.viewers);
}

void crowd::pass(double at) {
  const double noise = 1 + noise_size * normal();
  const double rows = settings_.rows.at(at) * std::max(0.0, noise);
  for (std::size_t i = 0; i < groups; ++i) {
    // An Ornstein-Uhlenbeck walk in steps of a second.
    const double back = 1 / wander_seconds;
    wander_[i] += -back * wander_[i] + wander_size * std::sqrt(2 * back) * normal();
    factors_[i] = rows * std::max(0.0, 1 + wander_[i]);
  }
  factors_[hot_group] = settings_.hot.at(at);
  came_.clear();
  left_.clear();
  const bool hot_is_absent = settings_.hot_part > 0 && present_.empty();
  if (hot_is_absent) {
    absent_.erase(absent_.begin());
    present_.push_back(0);
    came_.push_back(0);
    offered_[hot_group] += clients_[0].rate * clients_[0].viewers;
  }
  const double ends = static_cast<double>(present_.size()) / settings_.session;
  for (double left = ends; left > 0; left -= 1)
    if (chance_.unit() < left) leave();
  const auto wanted = static_cast<std::size_t>(settings_.presence.at(at) * settings_.clients);
  while (present_.size() > std::max<std::size_t>(wanted, 1) && !present_.empty()) leave();
  while (present_.size() < std::min(wanted, clients_.size()) && !absent_.empty()) come();
  // Not before: who leaves in this second is back in the next one at the earliest.
  absent_.insert(absent_.end(), left_.begin(), left_.end());
}

void crowd::come() {
  const std::size_t at = chance_.below(absent_.size());
  const client_number who = absent_[at];
  take_out(absent_, at);
  came_.push_back(who);
  present_.push_back(who);
  offered_[clients_[who].group] += clients_[who].rate * clients_[who].viewers;
}

void crowd::leave() {
  // The hot client is the first of those present, and stays.
  const std::size_t first = settings_.hot_part > 0 ? 1 : 0;
  if (present_.size() <= first) return;
  const std::size_t at = first + chance_.below(present_.size() - first);
  const client_number who = present_[at];
  take_out(present_, at);
  left_.push_back(who);
  offered_[clients_[who].group] -= clients_[who].rate * clients_[who].viewers;
}

double crowd::offered() const {
  double all = 0;
  for (std::size_t i = 0; i < groups; ++i) all += static_cast<double>(offered_[i]) / 1'000 * factors_[i];
  return all;
}

/// The sum of twelve even draws, less six, is nearly normal, and the same on every machine.
double crowd::normal() {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += chance_.unit();
  return sum;
}

}  // namespace blotter::scenario
