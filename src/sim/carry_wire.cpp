#include "sim/carry_wire.hpp"

#include <utility>

#include "sim/gateway_host.hpp"
#include "sim/node_host.hpp"

namespace blotter::sim {

carry_wire::carry_wire(context& all, gateway_host& gateway, node_host& node)
    : all_(all), gateway_(gateway), node_(node) {}

instant carry_wire::arrival(direction which) {
  const plan& life = all_.life;
  const auto late = microseconds(life.latency_us + all_.network.below(life.jitter_us + 1));
  instant& last = last_arrival_[static_cast<std::size_t>(which)];
  last = std::max(last, all_.time.now() + late);
  return last;
}

void carry_wire::connect() {
  if (up_ || trying_) return;
  trying_ = true;
  all_.time.at(arrival(direction::to_node), [this, life = gateway_.life()] {
    trying_ = false;
    if (!gateway_.alive()) return;
    if (life != gateway_.life() || !node_.alive() || node_.turns_away() || holding()) return retry();
    number_ = ++all_.links;
    up_ = true;
    node_life_ = node_.life();
    heard_at_gateway_ = heard_at_node_ = all_.time.now();
    all_.say(gateway_.name(), " and ", node_.name(), " are linked by ", number_);
    node_.post([this, number = number_] {
      if (number == number_) node_.carried().linked(*this, number);
    });
    gateway_.linked(*this, number_);
  });
}

void carry_wire::retry() {
  all_.time.after(milliseconds(50 + static_cast<std::int64_t>(all_.network.below(250))),
                  [this] { connect(); });
}

void carry_wire::tell_node_lost(std::uint32_t number, std::uint32_t life) {
  if (!node_.alive() || node_.life() != life) return;
  node_.post([this, number] { node_.carried().unlinked(number); });
}

void carry_wire::lose(bool tell_gateway, bool tell_node) {
  if (!up_) return;
  up_ = false;
  all_.say("link ", number_, " of ", gateway_.name(), " and ", node_.name(), " is lost");
  waiting_for_gateway_.clear();
  waiting_for_node_.clear();
  const std::uint32_t old = std::exchange(number_, 0);
  if (tell_gateway) gateway_.unlinked(old);
  if (tell_node)
    all_.time.at(arrival(direction::to_node), [this, old, life = node_life_] { tell_node_lost(old, life); });
  else
    half_open_.push_back({old, node_life_, all_.time.now()});
  if (gateway_.alive()) retry();
}

void carry_wire::cut(reset how) {
  lose(true, how == reset::both_told);
}

void carry_wire::gateway_died(stream::death how) {
  lose(false, how == stream::death::told);
}

void carry_wire::node_died(stream::death how) {
  half_open_.clear();
  if (!up_ || how == stream::death::silent) return;  // then found out by silence
  all_.time.at(arrival(direction::to_gateway), [this, number = number_] {
    if (number == number_) lose(true, false);
  });
}

void carry_wire::hold(direction which) {
  held_[static_cast<std::size_t>(which)] = true;
  all_.say("nothing passes from ", which == direction::to_gateway ? node_.name() : gateway_.name(), " to ",
           which == direction::to_gateway ? gateway_.name() : node_.name());
}

void carry_wire::open() {
  if (!holding()) return;
  held_[0] = held_[1] = false;
  all_.say("the way between ", gateway_.name(), " and ", node_.name(), " is open again");
  for (auto& [number, message] : std::exchange(waiting_for_gateway_, {}))
    arrive_at_gateway(number, std::move(message));
  for (auto& [number, message] : std::exchange(waiting_for_node_, {}))
    arrive_at_node(number, std::move(message));
}

void carry_wire::send_to_gateway(std::uint32_t number, link::to_gateway message) {
  if (number != number_) return;
  if (held_[static_cast<std::size_t>(direction::to_gateway)])
    waiting_for_gateway_.emplace_back(number, std::move(message));
  else
    arrive_at_gateway(number, std::move(message));
}

void carry_wire::arrive_at_gateway(std::uint32_t number, link::to_gateway message) {
  all_.time.at(arrival(direction::to_gateway), [this, number, what = std::move(message)]() mutable {
    if (number != number_) return;
    gateway_.post([this, number, taken = std::move(what)]() mutable {
      if (number != number_) return;
      heard_at_gateway_ = all_.time.now();
      gateway_.received(number, std::move(taken));
    });
  });
}

void carry_wire::send_to_node(std::uint32_t number, link::to_serving_node message) {
  if (number != number_) return;
  if (held_[static_cast<std::size_t>(direction::to_node)])
    waiting_for_node_.emplace_back(number, std::move(message));
  else
    arrive_at_node(number, std::move(message));
}

void carry_wire::arrive_at_node(std::uint32_t number, link::to_serving_node message) {
  all_.time.at(arrival(direction::to_node), [this, number, what = std::move(message)]() mutable {
    if (number != number_ || node_life_ != node_.life()) return;
    node_.post([this, number, taken = std::move(what)] {
      if (number != number_) return;
      heard_at_node_ = all_.time.now();
      node_.carried().received(number, taken);
    });
  });
}

void carry_wire::watch() {
  const auto silence = milliseconds(all_.life.silence_ms);
  const instant now = all_.time.now();
  std::erase_if(half_open_, [&](const half& each) {
    if (!node_.alive() || each.node_life != node_.life()) return true;
    if (node_.frozen() || now - each.since <= silence) return false;
    tell_node_lost(each.number, each.node_life);
    return true;
  });
  if (!up_) return;
  if (!gateway_.frozen() && now - heard_at_gateway_ > silence) return lose(true, !holding());
  if (node_.alive() && node_.life() == node_life_ && !node_.frozen() && now - heard_at_node_ > silence)
    return lose(true, true);
}

}  // namespace blotter::sim
