#pragma once

#include <memory>
#include <vector>

#include "sim/context.hpp"
#include "sim/faults.hpp"
#include "sim/node_host.hpp"
#include "sim/router_host.hpp"

namespace blotter::sim {

/// Which router holds which partitions, and moves of partitions while everybody looks: what the directory
/// decides in the real cluster.
class replicas {
 public:
  replicas(context& all, const std::vector<std::unique_ptr<router_host>>& routers,
           const std::vector<std::unique_ptr<node_host>>& nodes)
      : all_(all), routers_(routers), nodes_(nodes) {}

  /// Gives each partition to `plan::replicas` of the routers; all hold all where that is 0.
  void assign();
  /// Whether no router ever lacks a partition.
  bool all_hold_all() const;
  /// Has another router take a partition up; the old one gives it up as soon as that one serves it.
  void move(std::uint64_t detail);
  /// The routers that hold a partition. Ends all of them.
  std::vector<router_host*> kill_all_of(std::uint64_t detail);
  /// Each 100 ms.
  void watch();

 private:
  bool holds(const router_host& at, table::partition_id partition) const;
  bool read_by_a_node(table::partition_id partition, const router_host& at) const;

  struct transfer {
    table::partition_id partition;
    router_host* from;
    router_host* to;
  };
  context& all_;
  const std::vector<std::unique_ptr<router_host>>& routers_;
  const std::vector<std::unique_ptr<node_host>>& nodes_;
  std::vector<transfer> moving_;
};

}  // namespace blotter::sim
