#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "directory/directory.hpp"
#include "directory/errc.hpp"
#include "directory/member_text.hpp"

namespace blotter::directory {

struct lease_options {
  /// A lease that did not grow for so long is dead. Members renew each second, so two renewals may be lost.
  milliseconds dead_after{3500};
  /// When nothing at all came from the directory for so long it counts as unreachable. Over a second, as our
  /// own renewals are answered each second; less than `dead_after` by a second, so that no member is blamed
  /// first. This process having stood still looks the same, and is treated alike: its news is unread.
  milliseconds silent_after{1500};
  /// After it was unreachable: nobody is dead before, for all have to find it again and renew.
  milliseconds grace{5000};
  /// Between two ticks: after longer, what came meanwhile, as a connection to a member that began anew, is
  /// unread, and nobody is dead for as long.
  milliseconds tick_within{500};
  std::size_t members_max = 1024;  ///< with those not yet forgotten; more are set aside
};

/// The members by their leases, as far as this process knows, whatever the directory does. Fed with whole
/// reads and with hints of its listeners, both of which may be late, doubled or in the wrong order: a record
/// counts only when it is newer (incarnation, then renewal) than the last one seen, and when it was seen is
/// all that is known of time. No clock but our own is ever looked at.
///
///  - A lease lives while it grows. One that stands still for `dead_after` is dead, even if the map still has
///  it; and one that the map has lost (expired, evicted, cleared) lives until then, for it may be renewed.
///  - A removed one is left at once: only its member, leaving, or an operator removes.
///  - Nobody dies while the directory is unreachable, nor in the `grace` after it.
///  - Nobody dies by its lease who has a living connection with this process; when the connection ends, the
///  lease decides again.
///  - Of two processes with one id the newer incarnation is the member, and the older one's records are set
///  aside, also when it writes last; once the newer one is dead, an older one that is seen to renew is the
///  member. A process that finds `incarnation` of its own id above its own has lost:
///  it must leave, and not write again.
///  - A record that cannot be read is counted, listed and otherwise as if it had not been written.
///
/// Each call returns what it changed, in order. Pure; a value of the directory's core; bounded by
/// `members_max`.
class lease_view {
 public:
  explicit lease_view(lease_options options);

  struct stored {
    std::string_view key;
    std::string_view value;
  };
  using events = std::vector<event>;

  /// Everything that the map had at some time after `asked`.
  events read(std::span<const stored> all, instant asked, instant now);
  /// A listener said that this was written.
  events written(stored what, instant now);
  /// A listener said that this was removed: by hand, not by time.
  events removed(std::string_view key, instant now);

  /// Anything came from the directory: an answer, an event. The three above say so by themselves.
  void heard(instant now);
  /// The directory is known to be unreachable, until it is heard again.
  void lost() { reachable_ = false; }
  /// Whether this process has a connection to this member that answers.
  void set_connected(const member_id& who, bool alive);
  /// Time has passed; each `tick_within` at least, unless this process stood still.
  events tick(instant now);

  /// The living, by id.
  std::vector<member> members() const;
  /// The greatest incarnation seen of this id, living or not; 0 for none.
  std::uint64_t incarnation(const member_id& who) const;
  /// Whether a living member, without a connection to this process, has not grown for so long.
  bool stands_still(milliseconds for_so_long, instant now) const;
  /// Whether a living member, also one with a connection, has not grown for so long, and no whole read was
  /// asked for since that could tell whether its events are lost.
  bool stands_still_unread(milliseconds for_so_long, instant now) const;
  /// False: all this is the last view, and nobody is taken for dead.
  bool reachable() const { return reachable_; }

  /// A key whose record was set aside, and why.
  struct refused {
    std::string key;  ///< its first 64 bytes, which may be any
    errc why;

    friend bool operator==(const refused&, const refused&) = default;
  };
  static constexpr std::size_t refused_max = 16;
  /// Of the map as it is, as far as known: at most `refused_max`.
  std::vector<refused> set_aside() const;

  struct counters {
    std::array<std::uint64_t, errc_end> refused{};  ///< records, by `errc`
    std::uint64_t outdated = 0;                     ///< older than one already seen
    std::uint64_t superseded = 0;                   ///< of a process whose name another one has now
    std::uint64_t too_many = 0;                     ///< beyond `members_max`
  };
  const counters& counts() const { return counters_; }

 private:
  struct entry {
    lease last;
    instant grew{};  ///< when it was seen to
    bool living = true;
    instant died{};
    // The last record set aside as superseded.
    std::uint64_t older_incarnation = 0;
    std::uint64_t older_renewal = 0;
  };
  struct refusal {
    refused what;
    instant at;
  };

  void take(stored what, instant now, events& out);
  void take(lease record, instant now, events& out);
  void renew(entry& known, lease record, instant now, events& out);
  static bool outlives(entry& dead, const lease& record);
  void die(entry& known, member_left::departure why, instant now, events& out);
  void forget_refused(std::string_view key);
  void refuse(std::string_view key, errc why, instant now);

  lease_options options_;
  std::map<member_id, entry> entries_;  ///< the dead too, while the map may still have them
  std::set<member_id> connected_;
  bool reachable_ = true;
  std::optional<instant> heard_;
  std::optional<instant> ticked_;
  instant read_asked_{};  ///< when the last whole read was
  instant spared_until_{};
  std::vector<refusal> set_aside_;
  counters counters_;
};

}  // namespace blotter::directory
