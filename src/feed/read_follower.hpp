#pragma once

#include <optional>

#include "feed/partition_source.hpp"

namespace blotter::feed {

/// Makes of what a router needs now the calls that its source must get: each partition that the router waits
/// for is asked to begin once, not again while the word of its beginning is under way. Pure; lives on the
/// router's core.
class read_follower {
 public:
  struct call {
    table::partition_set partitions;
    table::partition_set again;
  };

  /// To be asked whenever the router may need something else. `reading`: what it can use; `awaited`: what of
  /// it has not begun; both after all events that came. What to hand to `partition_source::assign`; none when
  /// the source knows.
  std::optional<call> follow(table::generation feed, const table::partition_set& reading,
                             const table::partition_set& awaited) {
    // With a generation the source begins by itself all that it was asked for.
    if (feed != feed_) asked_ = asked_for_.value_or(table::partition_set());
    feed_ = feed;
    table::partition_set again;
    awaited.for_each([&](table::partition_id p) {
      if (!asked_.has(p)) again.add(p);
    });
    asked_ = awaited;
    if (asked_for_ == reading && again.empty()) return std::nullopt;
    asked_for_ = reading;
    return call{reading, again};
  }

 private:
  table::generation feed_ = table::generation::none;
  std::optional<table::partition_set> asked_for_;
  table::partition_set asked_;  ///< to begin, and not heard to have begun
};

}  // namespace blotter::feed
