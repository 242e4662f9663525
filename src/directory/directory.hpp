#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "directory/member.hpp"

namespace blotter::directory {

struct member_joined {
  member who;
  /// Again: it was taken for dead, and is the same process still. What was begun anew without it may stay so.
  enum class arrival : std::uint8_t { first, again } how = arrival::first;
};
/// Its stage or its load changed.
struct member_changed {
  member who;
};
struct member_left {
  member_id who;
  enum class departure : std::uint8_t {
    left,      ///< said so, or an operator removed it
    silent,    ///< its lease stood still for too long
    replaced,  ///< by a newer process of its name, which joins next
  } why = departure::left;
};
using event = std::variant<member_joined, member_changed, member_left>;

/// Hears of changes, in their order. An event is a hint that `members()` is now another: it may say again
/// what is known already.
class listener {
 public:
  virtual ~listener() = default;
  virtual void hear(const event& what) = 0;
};

/// What the cluster knows together. Serves its last view while it cannot be reached: the control plane's
/// failure never stops the data plane, so nothing here waits. Lives on one core, with all who call it.
class directory {
 public:
  virtual ~directory() = default;

  /// Makes a process of ours known to all. `errc::already_joined` when a living member has its id.
  [[nodiscard]] virtual result<void> join(const member& self) = 0;
  /// Each second, for each member that joined here; it keeps the membership alive. A report that is not newer
  /// than the last is ignored. `errc::no_such_member` when it is one no more: join again, under another id.
  [[nodiscard]] virtual result<void> report(const member_id& self, const load_report& load) = 0;
  /// `errc::no_such_member` as above.
  [[nodiscard]] virtual result<void> enter(const member_id& self, stage next) = 0;
  /// Leaving twice is leaving once.
  virtual void leave(const member_id& self) = 0;

  /// The last view: every living member, by id.
  virtual std::vector<member> members() const = 0;

  /// Borrows `who` until it is removed. Both may be called while an event is being heard: one that is added
  /// hears from the next event on, one that is removed hears nothing more.
  virtual void add_listener(listener& who) = 0;
  virtual void remove_listener(listener& who) = 0;
};

}  // namespace blotter::directory
