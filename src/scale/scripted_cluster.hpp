#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scale/autoscaler.hpp"

// For tests of the autoscaler: nodes that report what they are told to. Not for production code.

namespace blotter::scale {

/// 2026-11-18, a Wednesday, 12:00 UTC.
inline constexpr wall_time noon = wall_time(milliseconds(1'795'003'200'000));

inline scale_settings plain() {
  scale_settings s;
  s.trend_window = milliseconds(0);
  s.comparable_days = 0;
  return s;
}

inline directory::member_id id(const std::string& text) {
  return *directory::member_id::parse(text);
}

/// A cluster of nodes under a test's time, and an autoscaler that looks at it each second.
class scripted_cluster {
 public:
  explicit scripted_cluster(unsigned count, scale_settings settings = plain(), load_history history = {})
      : scaler(std::move(settings), std::move(history)) {
    for (unsigned i = 0; i < count; ++i) start();
  }

  seen_node& start(std::uint64_t viewers = 100) {
    seen_node one{.id = id("node-" + std::to_string(++started))};
    one.load.viewers = viewers;
    one.load.flush_delay = milliseconds(5);
    nodes.push_back(one);
    return nodes.back();
  }
  void stop(const directory::member_id& which) {
    std::erase_if(nodes, [&](const seen_node& each) { return each.id == which; });
  }
  void busy(double each) {
    for (seen_node& one : nodes) one.load.busy = each;
  }
  void late(milliseconds by) {
    for (seen_node& one : nodes) one.load.flush_delay = by;
  }
  std::optional<decision> second() {
    now += std::chrono::seconds(1);
    wall += std::chrono::seconds(1);
    for (seen_node& one : nodes)
      if (reporting) ++one.load.number;
    return scaler.look({.now = now,
                        .wall = wall,
                        .directory_reachable = reachable,
                        .leads = leads,
                        .leader = "auto-0",
                        .nodes = nodes});
  }
  decision next() {
    for (;;)
      if (auto made = second()) return *made;
  }
  /// The decision after so long, where nobody was started or stopped meanwhile.
  decision after(std::chrono::seconds time) {
    decision last;
    for (const instant until = now + time; now < until;)
      if (auto made = second()) last = *made;
    return last;
  }
  /// The first that shrinks, within `time`; else the last one.
  decision first_to_shrink(std::chrono::seconds time) {
    decision last;
    for (const instant until = now + time; now < until;) {
      if (auto made = second()) last = *made;
      if (last.what == verdict::shrink) break;
    }
    return last;
  }

  autoscaler scaler;
  std::vector<seen_node> nodes;
  instant now = instant(std::chrono::hours(1));
  wall_time wall = noon;
  bool reachable = true;
  bool leads = true;
  bool reporting = true;
  unsigned started = 0;
};

}  // namespace blotter::scale
