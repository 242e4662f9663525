#pragma once

#include <map>

#include "router/partition_keeper.hpp"
#include "sim/home.hpp"
#include "sim/source.hpp"

namespace blotter::sim {

class router_host;

/// A router's place in the cluster: its partitions are what the production keeper makes of the directory.
class router_home final : router::partition_keeper::hands {
 public:
  router_home(context& all, grid& in, home_watcher& watcher, router_host& at, router::router& core,
              source& reads, std::uint32_t number, directory::member self);

  void tick();
  /// Leaves, and ends the process, when others have all that it holds.
  void drain();
  /// A link of this node came.
  void linked(std::uint32_t link, const directory::member_id& node);
  void unlinked(std::uint32_t link);
  home& at_home() { return home_; }
  const home& at_home() const { return home_; }

 private:
  // router::partition_keeper::hands
  void hold(const table::partition_set& partitions) override;
  void read(const table::partition_set& partitions, const table::partition_set& again) override;
  void hear_of(table::generation other) override { source_.hear_of(other); }
  void announce(const directory::feed_share& share) override;
  void see();

  context& all_;
  router_host& host_;
  router::router& core_;
  source& source_;
  home_watcher& watcher_;
  home home_;
  router::partition_keeper keeper_;
  std::map<std::uint32_t, directory::member_id> peers_;  ///< by link
  std::vector<directory::member> most_;  ///< planted: the members when there were most of them
  table::generation held_of_{};          ///< when it was last told what to hold
  bool draining_ = false;
};

/// The member that a process is, in one of its lives.
directory::member member_of(const context& all, const host& at, directory::role as);

}  // namespace blotter::sim
