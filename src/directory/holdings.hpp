#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "directory/member.hpp"
#include "directory/partitions.hpp"

namespace blotter::directory {

struct holdings_options {
  std::uint32_t replicas = 2;  ///< routers a partition is held by, 1 or more
  /// How long to look who else is there before the first partitions are taken up: routers that start together
  /// would each load the whole feed. 0 for a cluster that is one process.
  milliseconds begin_after{300};
  /// Until then after the first view, partitions that turn out to be another's are let go although nobody has
  /// them yet, provided that they were never announced: nobody can miss them.
  milliseconds young_for{5000};
  /// How long a partition is still served after it left the announcement: long enough for the news to reach
  /// every node, and for another router that gives it up at the same moment to be seen doing so.
  milliseconds let_go_after{3000};
  /// A giving up that was called off is not tried again before.
  milliseconds retry_after{10'000};
  /// After the directory was away nothing is given up for so long: what others announced may be of before,
  /// and the dead among them are known only once their records may count again and have stood still.
  milliseconds trust_after{10'000};
  /// A reader whose record has not grown for so long may not know of those who take over from here: over 2 s
  /// and the way, as it is read again by then where events are lost, and less than `let_go_after`.
  milliseconds reader_known_for{2'500};
};

/// Whether the members that are seen are those of now, or the last that the directory told of.
enum class sight : std::uint8_t { clear, lost };

/// Which partitions one router holds, takes up and gives up, by what it sees of the others. Every router
/// decides for itself; two that see different clusters both hold a partition for a while, and harm nothing.
///
///  - It takes up what `assign_partitions` over the routers it sees gives it; draining ones get nothing.
///  - It announces a partition when it has caught up with it.
///  - What should be others' it keeps and announces until all of those have announced it caught up in its own
///    generation. Then it takes it out of its announcement; and if after `let_go_after` those still announce
///    it, it is gone. If not, it is announced again at once. So routers of whatever views that each think the
///    others have it cannot all give it up: they see each other leaving first, in the time that news takes.
///  - What was taken up and is another's before it was announced is kept as well, so that a router that comes
///    and goes cannot keep the one beside it from ever having it loaded; but see `young_for`.
///  - While the directory is away, and some time after, nothing that anybody could miss is given up. The same
///    holds after this process stood still: what it sees is of before.
///  - Nor while anybody is linked whose record does not grow, or is not there: cut off from the directory, it
///    cannot learn of the router that takes over, and would be left with none.
///  - A new generation voids everything: what it should hold then is all that it holds.
///
/// Pure: told of everything and of the time. A value of the router's core; bounded by partitions.
class holdings {
 public:
  holdings(member_id self, holdings_options options);

  /// The feed has begun `generation`, of `partitions` partitions: nothing is caught up with.
  /// One with more than `partitions_max` is not held at all.
  void begin(std::uint64_t generation, std::uint32_t partitions, instant now);
  /// What of `held()` this router has caught up with and serves, now; all of it, whenever it changes. Asked
  /// of the router after it was told of `held()`.
  void set_caught_up(partition_set all, instant now);
  /// All members as the directory has them now, whether this router is among them or not.
  void see(std::span<const member> all, instant now);
  /// How the directory stands, whenever it may have changed. Before it was clear once, or anything was taken
  /// up without it, `lost` says nothing.
  void set_sight(sight how, instant now);
  /// A link of this member, which may have several, came or went: it reads here.
  void set_linked(const member_id& who, bool yes, instant now);
  /// Whether there is memory for more. While there is none, what was never announced is given up at once, so
  /// that others take it; to be called with some distance between the two bounds, or it is taken up again.
  void set_room(intake room, instant now);
  /// From here on everything is to become others'.
  void drain(instant now);
  /// Each second or more often.
  void tick(instant now);

  /// What the router should hold. Changes at any of the calls above.
  const partition_set& held() const { return held_; }
  /// What to write into this router's record: changes likewise.
  feed_share announced() const;
  /// Draining, and nothing is held any more that anybody could miss.
  bool drained() const { return draining_ && held_.empty(); }
  /// Whether it has looked who is there: before that it holds nothing, which says nothing.
  bool has_looked() const { return looked_; }
  /// Whether anybody is there to hand partitions over to: a draining router that sees nobody waits in vain.
  bool sees_takers() const { return !others_.empty(); }

 private:
  enum class state : std::uint8_t { none, loading, announced, leaving };
  struct part {
    state is = state::none;
    bool caught_up = false;             ///< says the source, of what it reads now
    std::uint64_t taken = 0;            ///< the request that it was taken up by
    instant since{};                    ///< leaving since
    std::optional<instant> retry = {};  ///< not to be given up before
  };
  struct pulse {
    std::uint64_t number = 0;  ///< of its last report
    instant grew{};            ///< when that was first seen
    std::uint64_t view = 0;    ///< the last that it was in
  };

  void feel_pulses(std::span<const member> all, instant now);
  void decide(instant now);
  void decide(std::uint32_t partition, instant now);
  void assign();
  partition_set announced_or_leaving() const;
  /// `assign_partitions` gives it to this router.
  bool is_mine(std::uint32_t partition) const;
  /// All that should hold it are others, and have announced it.
  bool relieved(std::uint32_t partition) const;
  /// What others announce may be taken for what they have.
  bool trusts(instant now) const { return now >= trusted_from_; }
  /// Its record grows: it learns of the others.
  bool is_known(const member_id& reader, instant now) const;
  bool young(instant now) const { return now - *first_seen_ < options_.young_for; }

  member_id self_;
  holdings_options options_;
  std::uint64_t generation_ = 0;
  std::vector<part> parts_;
  std::vector<member> others_;           ///< routers that take partitions, by id
  std::vector<partition_taker> takers_;  ///< those, in their order, and this one last unless it drains
  assignment wanted_;                    ///< of the takers
  std::map<member_id, pulse> pulses_;    ///< of all members
  std::map<member_id, int> linked_;      ///< and how many links each has
  std::uint64_t views_ = 0;
  std::optional<instant> first_seen_;
  std::optional<instant> decided_;  ///< when all was last looked at
  instant trusted_from_{};
  intake room_ = intake::open;
  bool readers_know_ = true;  ///< of the other routers, all who are linked
  bool draining_ = false;
  bool looked_ = false;
  bool sighted_ = false;  ///< the directory was clear once
  partition_set held_;
  partition_set caught_up_;
};

}  // namespace blotter::directory
