#include "sim/wire.hpp"

#include "sim/message_text.hpp"
#include "sim/node_host.hpp"
#include "sim/router_host.hpp"

namespace blotter::sim {

namespace {

std::uint64_t rows_of(const link::to_node& message) {
  std::uint64_t bytes = 0;
  if (const auto* rows = std::get_if<link::rows>(&message))
    for (const link::row& each : rows->all) bytes += link::row_cost(each);
  return bytes;
}

}  // namespace

wire::wire(context& all, node_host& node, router_host& router) : all_(all), node_(node), router_(router) {}

instant wire::arrival(direction which) {
  const plan& life = all_.life;
  const auto late = microseconds(life.latency_us + all_.network.below(life.jitter_us + 1));
  instant& last = last_arrival_[static_cast<std::size_t>(which)];
  last = std::max(last, all_.time.now() + late);
  return last;
}

void wire::connect() {
  if (up_ || trying_ || !wanted_) return;
  trying_ = true;
  all_.time.at(arrival(direction::to_router), [this, life = node_.life()] {
    trying_ = false;
    if (!node_.alive() || !wanted_) return;
    if (life != node_.life() || !router_.alive() || holding()) return retry();
    number_ = ++all_.links;
    up_ = true;
    node_life_ = node_.life();
    router_life_ = router_.life();
    heard_at_node_ = heard_at_router_ = troubled_at_ = all_.time.now();
    row_bytes_ = 0;
    all_.say(node_.name(), " and ", router_.name(), " are linked by ", number_);
    router_.accept(*this);
    node_.linked(*this, number_);
  });
}

void wire::seek(seeking what) {
  wanted_ = what == seeking::yes;
  connect();
}

void wire::retry() {
  all_.time.after(milliseconds(50 + static_cast<std::int64_t>(all_.network.below(250))),
                  [this] { connect(); });
}

void wire::lose(bool tell_node, bool tell_router) {
  if (!up_) return;
  up_ = false;
  troubled_at_ = all_.time.now();
  all_.say("link ", number_, " of ", node_.name(), " and ", router_.name(), " is lost");
  waiting_for_node_.clear();
  waiting_for_router_.clear();
  const std::uint32_t old = std::exchange(number_, 0);
  if (tell_node) node_.unlinked(old);
  if (tell_router) {
    all_.time.at(arrival(direction::to_router), [this, old, life = router_life_] {
      if (router_.alive() && router_.life() == life) router_.lost(old);
    });
  } else if (router_.alive() && router_.life() == router_life_) {
    half_open_.push_back({old, router_life_, all_.time.now()});
    all_.seen.sometimes(situation::link_half_open);
  }
  if (node_.alive()) retry();
}

void wire::cut(reset how) {
  lose(true, how == reset::both_told);
}

void wire::node_died() {
  lose(false, true);
}

void wire::router_died() {
  half_open_.clear();
  if (!up_) return;
  all_.time.at(arrival(direction::to_node), [this, number = number_] {
    if (number == number_) lose(true, false);
  });
}

void wire::hold(direction which) {
  held_[static_cast<std::size_t>(which)] = true;
  all_.say("nothing passes from ", which == direction::to_node ? router_.name() : node_.name(), " to ",
           which == direction::to_node ? node_.name() : router_.name());
}

void wire::open() {
  if (!holding()) return;
  held_[0] = held_[1] = false;
  troubled_at_ = all_.time.now();
  all_.say("the way between ", node_.name(), " and ", router_.name(), " is open again");
  for (auto& [number, message] : std::exchange(waiting_for_node_, {}))
    arrive_at_node(number, std::move(message));
  for (auto& [number, message] : std::exchange(waiting_for_router_, {}))
    arrive_at_router(number, std::move(message));
}

void wire::send_to_node(std::uint32_t number, link::to_node message) {
  if (number != number_) return;
  row_bytes_ += rows_of(message);
  const std::uint64_t most = all_.life.window_bytes + sizeof(link::row) + all_.life.value_bytes + 64;
  if (row_bytes_ > most)
    all_.fail(promise::bounded, std::to_string(row_bytes_) + " bytes of rows are under way to " +
                                    node_.name() + ", at most " + std::to_string(most));
  all_.seen.sometimes(situation::link_window_full, row_bytes_ >= all_.life.window_bytes);
  if (held_[static_cast<std::size_t>(direction::to_node)])
    waiting_for_node_.emplace_back(number, std::move(message));
  else
    arrive_at_node(number, std::move(message));
}

void wire::arrive_at_node(std::uint32_t number, link::to_node message) {
  all_.time.at(arrival(direction::to_node), [this, number, what = std::move(message)]() mutable {
    if (number != number_) return;
    node_.post([this, number, taken = std::move(what)]() mutable {
      if (number != number_) return;
      heard_at_node_ = all_.time.now();
      row_bytes_ -= rows_of(taken);
      if (all_.trace) all_.say(node_.name(), " < ", message_text(taken));
      node_.received(number, std::move(taken));
    });
  });
}

void wire::send_to_router(std::uint32_t number, link::to_router message) {
  if (number != number_) return;
  if (held_[static_cast<std::size_t>(direction::to_router)])
    waiting_for_router_.emplace_back(number, std::move(message));
  else
    arrive_at_router(number, std::move(message));
}

void wire::arrive_at_router(std::uint32_t number, link::to_router message) {
  all_.time.at(arrival(direction::to_router), [this, number, what = std::move(message)]() mutable {
    if (number != number_) return;
    router_.post([this, number, taken = std::move(what)]() mutable {
      if (number != number_) return;
      heard_at_router_ = all_.time.now();
      if (all_.trace) all_.say(router_.name(), " < ", message_text(taken));
      router_.received(number, std::move(taken));
    });
  });
}

/// The router hears nothing of these any more, and gives them up.
void wire::watch_half_open() {
  const auto silence = milliseconds(all_.life.silence_ms);
  std::erase_if(half_open_, [&](const half& each) {
    if (!router_.alive() || each.router_life != router_.life()) return true;
    if (router_.frozen() || all_.time.now() - each.since <= silence) return false;
    router_.lost(each.number);
    return true;
  });
}

void wire::watch() {
  watch_half_open();
  const auto silence = milliseconds(all_.life.silence_ms);
  const instant now = all_.time.now();
  if (!up_ || all_.spoiled.is(sabotage::silence_hidden)) return;
  if (node_.alive() && !node_.frozen() && now - heard_at_node_ > silence) return lose(true, !holding());
  if (router_.alive() && !router_.frozen() && now - heard_at_router_ > silence) return lose(true, true);
}

}  // namespace blotter::sim
