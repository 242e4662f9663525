#pragma once

#include <optional>
#include <span>

#include "directory/holdings.hpp"
#include "feed/read_follower.hpp"
#include "router/router.hpp"

namespace blotter::router {

/// Has a router hold what `directory::holdings` decides: takes what the router and the directory say to it,
/// and its decisions to those who carry them out. On the router's core.
class partition_keeper {
 public:
  /// Carries out what the keeper decides. Must not call back.
  class hands {
   public:
    virtual ~hands() = default;
    /// The router holds these from here on: it has been told when this returns.
    virtual void hold(const table::partition_set& partitions) = 0;
    /// For the source: see `feed::partition_source::assign`.
    virtual void read(const table::partition_set& partitions, const table::partition_set& again) = 0;
    /// For the source: another router is at this generation.
    virtual void hear_of(table::generation other) = 0;
    /// Writes this router's record.
    virtual void announce(const directory::feed_share& share) = 0;
  };

  /// Both outlive this. Has the router hold nothing before it is known who else is there: routers that start
  /// together would each load everything.
  partition_keeper(directory::member_id self, directory::holdings_options options, const router& of,
                   hands& out);

  void see(std::span<const directory::member> members, instant now);
  /// Each 50 ms or so; `how` the directory stands.
  void tick(directory::sight how, instant now);
  /// A link of this member came or went; see `directory::holdings::set_linked`.
  void set_linked(const directory::member_id& who, bool yes, instant now);
  void drain(instant now);
  /// Whether what is held now was chosen: not yet at the start.
  bool has_looked() const { return generation_ == router_.state().feed && holdings_.has_looked(); }
  /// Nothing is held any more that anybody could miss, or nobody is there to take it.
  bool drained() const { return holdings_.drained() || leaves_alone(); }
  /// It drains, and sees nobody who could take what it holds.
  bool leaves_alone() const { return draining_ && !holdings_.sees_takers(); }

 private:
  void follow_router(instant now);
  void follow_holdings(instant now);

  directory::holdings holdings_;
  const directory::member_id self_;
  const router& router_;
  hands& out_;
  table::generation generation_ = table::generation::none;
  partition_set held_;     ///< as last told to the router
  partition_set serving_;  ///< as last told to `holdings_`
  feed::read_follower reads_;
  std::optional<directory::feed_share> told_;
  bool draining_ = false;
  std::optional<instant> refused_at_;  ///< when memory last had no room for a partition
};

}  // namespace blotter::router
