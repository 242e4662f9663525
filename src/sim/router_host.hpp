#pragma once

#include <map>
#include <memory>
#include <optional>

#include "router/router.hpp"
#include "sim/home.hpp"
#include "sim/host.hpp"
#include "sim/source.hpp"

namespace blotter::sim {

class router_home;
class wire;

/// A router's process: the production core, its reader of the feed and its ends of links.
class router_host final : public host, router::sink {
 public:
  router_host(context& all, std::string name, const topic& log);
  ~router_host() override;

  /// A node's connection reached this process.
  void accept(wire& link);
  /// The transport gave a connection up.
  void lost(std::uint32_t link);

  void lose_feed() { feed_lost_ = true; }
  void restore_feed() { feed_lost_ = false; }
  bool feed_away() const { return feed_lost_; }
  void redeliver(std::uint64_t records);
  /// Has as much memory as it may need from its next life on.
  void lift_memory_bound() { memory_bytes_max_ = 0; }
  /// Reads nothing of its feed for so long, and does not know it.
  void lag(milliseconds lasts);
  /// Holds these partitions alone, in this life of the process and the next ones.
  void hold(table::partition_set partitions);
  const std::optional<table::partition_set>& holding() const { return holding_; }

  // In lives with a directory: from its next start on it is a member of the cluster, the `number`th process,
  // and holds what the directory makes it hold.
  void live_in(grid& in, home_watcher& watcher, std::uint32_t number);
  void told_to_hold(const table::partition_set& partitions);
  /// Ends when others have its partitions.
  void drain();
  bool draining() const { return draining_; }
  home* at_home();
  const home* at_home() const;

  /// Connections that it believes in.
  std::size_t links() const { return links_.size(); }

  /// The core, while the process lives.
  const router::router* core() const { return core_.get(); }

 protected:
  void born() override;
  void died() override;
  void tick() override;
  bool settle() override { return core_->flush(); }

 private:
  friend class wire;
  void send(router::link_id to, link::to_node message) override;
  void received(std::uint32_t link, link::to_router message);
  void schedule_poll();
  void follow_holdings();
  void look_at(const link::wanted& what);
  bool passes_for_newest() const;
  void pass_for_newest(std::uint32_t link);
  void hear_as_newest(link::to_router& message) const;
  void check_reason(const link::subscription_began& what);

  const topic& log_;
  std::size_t memory_bytes_max_;
  table::partition_set held_;                    ///< by the core
  std::optional<table::partition_set> holding_;  ///< all where it has none
  bool feed_lost_ = false;  ///< outlives the process: it is the way to the broker that is cut
  std::unique_ptr<router::router> core_;
  std::unique_ptr<source> source_;
  std::map<std::uint32_t, wire*> links_;
  grid* directory_ = nullptr;
  home_watcher* watcher_ = nullptr;
  std::uint32_t process_ = 0;
  std::unique_ptr<router_home> home_;
  bool draining_ = false;
};

}  // namespace blotter::sim
