#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "node/node.hpp"

namespace blotter::node {

/// For tests: a node with one viewer that is live and current, and the router's end of its link.
struct one_viewer : sink {
  explicit one_viewer(node_options options = {}) : core(named(std::move(options)), *this) {
    core.link_up(link_id{1}, now);
    core.received(link_id{1}, link::feed_began{table::generation{1}, 1, ""}, now);
    core.received(link_id{1}, link::serving{{0}}, now);
    core.received(link_id{1}, link::feed_status{link::feed_status::state::current, ""}, now);
    watching = core.open({"c1", {}, std::chrono::seconds(1)}, now);
    core.received(link_id{1}, link::subscription_began{asked, link::subscription_began::resumed::yes}, now);
    core.received(link_id{1}, link::subscription_caught_up{asked}, now);
    core.flush(now);
  }

  /// One turn of the loop, with a tick, so long after the one before.
  void turn(milliseconds after) {
    now += after;
    core.tick(now, wall_time(milliseconds(1)));
    core.flush(now);
  }
  /// Lets time go by as the shell does, a tick each 50 ms.
  void pass(milliseconds time) {
    for (const instant end = now + time; now < end;) turn(milliseconds(50));
  }
  void hear() { core.received(link_id{1}, link::heartbeat{1}, now); }
  bool was_told(std::string_view text) const { return told.find(text) != std::string::npos; }

  bool send(viewer_id, std::string_view events) override {
    told += events;
    return takes_more;
  }
  void end(viewer_id, ending) override {}
  void send(link_id, link::to_router message) override {
    if (const auto* subscribe = std::get_if<link::subscribe>(&message)) asked = subscribe->id;
  }
  void answer(request_id, std::string json) override { answered += json; }

  static node_options named(node_options options) {
    options.member = "n";
    return options;
  }

  instant now{std::chrono::hours(1)};
  std::string told;
  std::string answered;
  bool takes_more = true;
  link::subscription_id asked{};
  viewer_id watching{};
  node core;
};

}  // namespace blotter::node
