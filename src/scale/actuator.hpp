#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/time.hpp"
#include "directory/member.hpp"

namespace blotter::scale {

/// What is ordered. It names a number, never a difference, so that to say it twice, or to have two say it at
/// once, does no harm.
struct order {
  /// Nodes that are to serve. The one that drains is not among them.
  std::uint32_t wanted = 0;
  /// The one that is to leave: it is asked as SIGTERM asks, hands its viewers over, and ends by itself. All
  /// others stay.
  std::optional<directory::member_id> drained = {};
  /// One more each time that what was ordered did not come in time: whatever did not come up is given up, and
  /// another is tried elsewhere; who did not leave is asked again, or ended.
  std::uint64_t attempt = 0;

  friend bool operator==(const order&, const order&) = default;
};

/// What makes nodes come and go: processes of this machine, a command, an orchestrator. Does as it is told
/// and decides nothing. It may fail, hang, or start too few: the autoscaler sees what is there from the
/// directory alone, and orders again. Lives on the autoscaler's core; nothing here waits.
class actuator {
 public:
  virtual ~actuator() = default;

  /// The order as it is now: after each decision, mostly the same as before. Later ones replace it, also
  /// while it is being carried out.
  virtual void carry_out(const order& what, instant now) = 0;
  /// Another autoscaler decides: nothing more of the last order is done, until the next one.
  virtual void stand_by() = 0;
  /// Often, about once a second: `nodes` are those that the directory shows.
  virtual void tick(std::span<const directory::member> nodes, instant now) = 0;
  /// Whether it can take this very node away. Who is not its own, or not the next to go, is not drained.
  virtual bool can_drain(const directory::member_id& which) const = 0;

  struct standing {
    enum class phase : std::uint8_t { idle, working, failing } is = phase::idle;
    std::string text = {};          ///< for people: what it does, or why it fails
    std::uint64_t failures = 0;     ///< so far
    std::uint64_t carried_out = 0;  ///< orders
  };
  virtual standing state() const = 0;
};

}  // namespace blotter::scale
