#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "sim/asker.hpp"
#include "sim/carry_wire.hpp"
#include "sim/census.hpp"
#include "sim/context.hpp"
#include "sim/faults.hpp"
#include "sim/gateway_host.hpp"
#include "sim/life.hpp"
#include "sim/node_host.hpp"
#include "sim/oracle.hpp"
#include "sim/placements.hpp"
#include "sim/replicas.hpp"
#include "sim/router_host.hpp"
#include "sim/topic.hpp"
#include "sim/twin_host.hpp"
#include "sim/viewer.hpp"
#include "sim/wire.hpp"

namespace blotter::sim {

/// The cluster of one life, all that happens to it, and the looks that the oracle takes at it.
class world {
 public:
  explicit world(context& all);

  /// From the first process's start until viewers and log have come to rest and all have left.
  outcome live();

 private:
  void begin();
  milliseconds come_to_rest();
  void append_later(std::uint32_t left);
  void append_one();

  // Faults.
  void schedule_faults();
  void strike(const fault& what);
  void strike_router(const fault& what, router_host& at);
  void strike_node(const fault& what, node_host& at);
  void strike_link(const fault& what, wire& at);
  void strike_gateway(const fault& what, gateway_host& at);
  void strike_carry(const fault& what, carry_wire& at);
  void strike_direct(const fault& what, gateway_host& at);
  void strike_log(const fault& what);
  void begin_directory();
  void strike_directory(const fault& what);
  /// Starts a second process of the name that router or node number `which` has; null when that has none.
  twin_host* start_twin(std::size_t which);
  home* home_of(std::size_t which) const;
  void double_name(const fault& what);
  void mend_directory();
  void pass_horizon(const fault& what, viewer& at);
  bool add_partitions(std::uint32_t more);
  void delete_moved_rows(const fault& what, viewer& at);
  void strike_viewer(const fault& what, viewer& at);
  void drain(node_host& at, milliseconds gone);
  void set_clocks_right();
  void forge(const fault& what, viewer& at);
  /// Ends a fault, unless all have ended already.
  void mend_after(milliseconds lasts, std::function<void()> mend);
  void mend_all();

  // Checks.
  void watch();
  void check_viewers();
  void check_bounds();
  bool all_current() const;
  void check_rest();
  std::string client_apart() const;
  void check_agreement();
  void check_places();
  void check_answers();
  void check_nothing_left();
  void check_name_kept();

  context& all_;
  oracle oracle_;
  topic log_;
  std::unique_ptr<grid> directory_;
  std::unique_ptr<census> census_;            ///< where there is a directory
  std::unique_ptr<placements> placements_;    ///< likewise, and gateways
  std::vector<std::unique_ptr<wire>> wires_;  ///< before the hosts, which let go of them when they end
  std::vector<std::unique_ptr<carry_wire>> carries_;
  std::vector<std::unique_ptr<router_host>> routers_;
  std::vector<std::unique_ptr<node_host>> nodes_;
  std::vector<std::unique_ptr<gateway_host>> gateways_;
  std::vector<front*> fronts_;  ///< where viewers connect: gateways, or nodes where there are none
  replicas replicas_;
  std::vector<std::unique_ptr<viewer>> viewers_;
  std::vector<std::unique_ptr<twin_host>> twins_;
  asker asker_;
  random_source feed_;
  std::vector<std::pair<gateway_host*, milliseconds>> wrong_clocks_;
  std::uint32_t watches_ = 0;
  bool mended_ = false;  ///< faults are over
};

}  // namespace blotter::sim
