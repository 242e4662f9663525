#pragma once

#include <functional>
#include <optional>
#include <span>

#include "directory/holdings.hpp"
#include "feed/partition_source.hpp"
#include "feed/read_follower.hpp"
#include "serve/router_core.hpp"

namespace blotter::serve {

/// Has a router hold what `directory::holdings` decides: takes what the router and the directory say to it,
/// and its decisions to the router, the source and the directory. On the router's core.
class partition_keeper {
 public:
  using share = std::function<void(const directory::feed_share&)>;

  /// `router` and `source` outlive this; `tell` writes this router's record.
  partition_keeper(directory::member_id self, directory::holdings_options options, router_core& router,
                   feed::partition_source& source, share tell);

  void see(std::span<const directory::member> members, instant now);
  void tick(instant now);
  void drain(instant now);
  /// Whether what is held now was chosen: not yet at the start.
  bool has_looked() const { return generation_ == router_.state().state().feed && holdings_.has_looked(); }
  /// Nothing is held any more that anybody could miss, or nobody is there to take it.
  bool drained() const { return holdings_.drained() || (draining_ && !holdings_.sees_takers()); }

 private:
  void follow_router(instant now);
  void follow_holdings(instant now);

  directory::holdings holdings_;
  const directory::member_id self_;
  router_core& router_;
  feed::partition_source& source_;
  const share tell_;
  table::generation generation_ = table::generation::none;
  directory::partition_set held_;  ///< as last told to the router
  table::partition_set serving_;   ///< as last told to `holdings_`
  feed::read_follower reads_;
  std::optional<directory::feed_share> told_;
  std::optional<instant> refused_at_;  ///< when memory last had no room for a partition
  bool draining_ = false;
};

}  // namespace blotter::serve
