#pragma once

#include <string>
#include <string_view>

#include "directory/member_map.hpp"
#include "hazelcast/client.hpp"

namespace blotter::hazelcast {

/// Members' records in a map of a Hazelcast cluster: carries out what the user of the map asks, and tells it
/// what the cluster says. Decides nothing. Lives on one core, with its client.
class record_map final : public directory::member_map, public client_listener {
 public:
  /// `user` outlives this. `use` before anything else.
  record_map(std::string name, directory::member_map_user& user) : name_(std::move(name)), user_(user) {}
  /// The client that listens to the map; outlives this, or all calls.
  void use(client& which) { client_ = &which; }

  // directory::member_map
  bool ready() const override { return client_->ready(); }
  milliseconds quiet(instant now) const override { return client_->quiet(now); }
  bool put(directory::map_call which, const directory::member_id& key, const std::string& record,
           milliseconds life, instant now) override;
  bool remove_if_same(directory::map_call which, const directory::member_id& key, const std::string& record,
                      instant now) override;
  bool read_all(directory::map_call which, instant now) override;

  // client_listener
  void client_ready(instant now) override { user_.ready(now); }
  void client_away(error_code why, const address& where, instant now) override;
  void cluster_changed(instant now) override { user_.shaken(now); }
  void entry_changed(const entry_event& what, instant now) override;

 private:
  std::int32_t partition(std::string_view key) const;
  void put_answered(directory::map_call which, result<message> answer, instant now);
  void remove_answered(directory::map_call which, result<message> answer, instant now);
  void read_answered(directory::map_call which, result<message> answer, instant now);
  void fail(directory::map_call which, error_code why, instant now);

  const std::string name_;
  directory::member_map_user& user_;
  client* client_ = nullptr;
};

}  // namespace blotter::hazelcast
