#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "directory/placement_map.hpp"
#include "hazelcast/client.hpp"
#include "hazelcast/value.hpp"

namespace blotter::hazelcast {

/// Clients' nodes in a map of a Hazelcast cluster: carries out what the user of the map asks, and tells it
/// what the cluster says. Decides nothing. Lives on one core, with its client.
///
/// A value that is replaced has the map's own time to live until the next call sets it: so that an entry does
/// not stay for good where a process ends between the two, members are set up with one (deploy/hazelcast).
class placement_records final : public directory::placement_map, public client_listener {
 public:
  /// `user` outlives this. `use` before anything else.
  placement_records(std::string name, directory::placement_map_user& user)
      : name_(std::move(name)), user_(user) {}
  /// The client that listens to the map; outlives this, or all calls.
  void use(client& which) { client_ = &which; }

  // directory::placement_map
  bool put_if_absent(directory::map_call which, const std::string& client, const std::string& record,
                     milliseconds life, instant now) override;
  bool replace_if_same(directory::map_call which, const std::string& client, const std::string& before,
                       const std::string& record, instant now) override;
  bool set_life(directory::map_call which, const std::string& client, milliseconds life,
                instant now) override;

  // client_listener
  void client_ready(instant) override { user_.placements_shaken(); }
  void client_away(error_code, const address&, instant) override {}
  void cluster_changed(instant) override { user_.placements_shaken(); }
  void entry_changed(const entry_event& what, instant now) override;

 private:
  struct replacement {
    std::string client;
    std::string before;
    std::string record;
    value_kind stands_as;  ///< how `before` is taken to be written
  };
  bool replace(directory::map_call which, const replacement& what, instant now);
  using then = std::function<void(const message& answer, instant now)>;
  /// `done` is called with the answer, where there is one.
  bool call(directory::map_call which, const request& what, then done, instant now);
  std::int32_t partition(std::string_view key) const;

  const std::string name_;
  directory::placement_map_user& user_;
  client* client_ = nullptr;
};

/// Gives what a client hears to the listener of each of its two maps. One without a map hears nothing.
class listening_maps final : public client_listener {
 public:
  /// By their place among the client's maps; both outlive this.
  listening_maps(client_listener& first, client_listener& second) : first_(first), second_(second) {}

  void client_ready(instant now) override;
  void client_away(error_code why, const address& where, instant now) override;
  void cluster_changed(instant now) override;
  void entry_changed(const entry_event& what, instant now) override;

 private:
  client_listener& first_;
  client_listener& second_;
};

}  // namespace blotter::hazelcast
