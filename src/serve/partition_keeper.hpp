#pragma once

#include <functional>
#include <span>
#include <string>

#include "feed/partition_source.hpp"
#include "router/partition_keeper.hpp"
#include "serve/router_core.hpp"

namespace blotter::serve {

/// Carries out what `router::partition_keeper` decides: at the router, the source and the directory. On the
/// router's core.
class partition_keeper final : router::partition_keeper::hands {
 public:
  using share = std::function<void(const directory::feed_share&)>;

  /// `router` and `source` outlive this; `tell` writes this router's record.
  partition_keeper(directory::member_id self, directory::holdings_options options, router_core& router,
                   feed::partition_source& source, share tell);

  void see(std::span<const directory::member> members, instant now) { keeper_.see(members, now); }
  void tick(directory::sight how, instant now) { keeper_.tick(how, now); }
  /// A link of that node came or went.
  void linked(const std::string& node, bool yes, instant now);
  void drain(instant now) { keeper_.drain(now); }
  bool has_looked() const { return keeper_.has_looked(); }
  bool drained() const { return keeper_.drained(); }

 private:
  void hold(const table::partition_set& partitions) override { router_.hold(partitions); }
  void read(const table::partition_set& partitions, const table::partition_set& again) override {
    source_.assign(partitions, again);
  }
  void hear_of(table::generation other) override { source_.hear_of(other); }
  void announce(const directory::feed_share& what) override { tell_(what); }

  router_core& router_;
  feed::partition_source& source_;
  const share tell_;
  router::partition_keeper keeper_;  // last: it calls the others
};

}  // namespace blotter::serve
