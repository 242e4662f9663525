#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/newcomers.hpp"
#include "directory/directory.hpp"
#include "directory/lease_keeper.hpp"
#include "directory/placement_keeper.hpp"
#include "hazelcast/asio_wires.hpp"
#include "hazelcast/client.hpp"
#include "hazelcast/placement_records.hpp"
#include "hazelcast/record_map.hpp"
#include "hazelcast/url.hpp"
#include "metrics/registry.hpp"

namespace blotter::hazelcast {

// The base class hides the namespace of its name from here on.
using directory::event;
using directory::feed_share;
using directory::lease_keeper;
using directory::listener;
using directory::load_report;
using directory::member;
using directory::member_id;
using directory::placement_keeper;
using member_stage = directory::stage;
using directory::standing;
using refused_record = directory::lease_view::refused;

struct directory_options {
  client_options grid;  ///< where the cluster is and who we are to it; its maps are set here
  std::string map = "blotter.members";
  directory::keeper_options leases = {};
  /// Where gateways agree on clients' nodes; empty for who takes no part in that, and hears nothing of it.
  std::string placements = {};
  directory::placements_options placing = {};
  std::optional<tls_options> tls = {};  ///< none: in the clear
};

/// For the process `self`, whose directory is at `where`. `chance`: 128 random bits, others for each process.
directory_options options_for(const url& where, const member_id& self, const uuid& chance);

/// Of one directory; see `add_directory_cells`.
struct directory_cells {
  metrics::gauge& connected;
  metrics::gauge& members;
  metrics::counter& connects;
  metrics::counter& events;
  metrics::counter& reads;
  metrics::counter& repeats;
  metrics::counter& refused;
};
inline constexpr std::string_view placements_map = "blotter.placements";
directory_cells add_directory_cells(metrics::registry& all);

/// The directory of a cluster of processes, in a map of a Hazelcast cluster: see docs/directory.md. Lives on
/// the core whose loop it is given, with all who call it; destroyed there or after the loop has stopped.
/// While Hazelcast cannot be reached it serves its last view, and takes members in: they are written as soon
/// as that can be. Listeners hear of changes soon, never within a call. Bounded by the members of the
/// cluster.
class cluster_directory final : public directory::directory {
 public:
  /// Connects by itself from here on. `cells` outlives this. Throws as asio_wires does.
  cluster_directory(boost::asio::io_context& loop, directory_options options, directory_cells cells);
  ~cluster_directory() override;

  /// `errc::already_joined` also when a living member has this id that is not known yet: `report` then says
  /// so.
  [[nodiscard]] result<void> join(const member& self) override;
  [[nodiscard]] result<void> report(const member_id& self, const load_report& load) override;
  [[nodiscard]] result<void> enter(const member_id& self, member_stage next) override;
  void leave(const member_id& self) override;
  std::vector<member> members() const override;
  void add_listener(listener& who) override;
  void remove_listener(listener& who) override;

  /// What a router says of the feed; `errc::no_such_member` as `report`.
  [[nodiscard]] result<void> share(const member_id& self, const feed_share& feed);
  /// Whether this process has a connection to that member that answers: then its lease does not matter.
  void set_connected(const member_id& who, bool alive);
  const standing& state() const { return keeper_.state(); }
  /// Which node has a client, where `placements` names a map. Its listener is called on this core.
  placement_keeper& placements() { return placements_; }
  /// Records that cannot be read, and why.
  std::vector<refused_record> set_aside() const;
  /// Everything of ours is in the map: asked after `leave`, before the process ends.
  bool settled() const { return keeper_.settled(); }

 private:
  void arm();
  void tick();
  void deliver_soon();
  void deliver();
  void say_changes();
  void say_set_aside(instant now);
  void count();

  boost::asio::io_context& loop_;
  boost::asio::steady_timer timer_;
  directory_cells cells_;
  asio_wires wires_;
  lease_keeper keeper_;
  placement_keeper placements_;
  record_map map_;
  placement_records placement_map_;
  listening_maps maps_;
  client client_;
  std::vector<listener*> listeners_;  // null: removed while an event was being told
  bool telling_ = false;
  std::shared_ptr<bool> alive_;  // false once this is gone: for what was posted
  bool said_connected_ = false;
  std::string said_reason_;
  newcomers<refused_record> newly_set_aside_;
  client_figures counted_;
  std::uint64_t counted_reads_ = 0;
  std::uint64_t counted_refused_ = 0;
};

}  // namespace blotter::hazelcast
