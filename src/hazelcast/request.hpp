#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

/// What a client asks of members, as bytes. Pure.
namespace blotter::hazelcast {

/// 16 bytes that name a member, a client, a registration or a cluster.
struct uuid {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend auto operator<=>(const uuid&, const uuid&) = default;
  friend bool operator==(const uuid&, const uuid&) = default;
};
/// 00112233-4455-6677-8899-aabbccddeeff.
std::string to_text(const uuid& id);

/// One message to a member, but for its correlation id.
class request {
 public:
  static constexpr std::int32_t no_partition = -1;

  request(std::int32_t type, std::int32_t partition);

  std::int32_t partition() const { return partition_; }
  std::size_t size() const { return bytes_.size(); }
  /// The message, with this correlation id: unique on its connection among calls and registrations that live.
  std::string with(std::int64_t correlation) const;

  // Fixed fields in their order, then variable ones in theirs; `done` at the end.
  request& byte(std::uint8_t number);
  request& int32(std::int32_t number);
  request& int64(std::int64_t number);
  request& id(const uuid& which);
  request& text(std::string_view value);
  request& nullable(const std::optional<std::string>& value);
  request& empty_list();
  request& done();

 private:
  void finish_frame();
  void begin_frame(std::uint16_t flags);

  std::string bytes_;
  std::size_t frame_ = 0;  // where the last frame begins
  std::int32_t partition_;
};

struct credentials {
  std::string user;
  std::string password;
};

/// Open-source members check the cluster's name alone, and refuse whoever gives a user.
struct authentication {
  uuid client;
  std::string cluster;
  std::optional<credentials> who;
  std::string client_name;  ///< shown to operators
  bool all_members;         ///< whether we connect to each of them; for operators too
};
request authenticate(const authentication& as);
request ping();
/// Registers for the members and the partition table; events come before the answer.
request add_cluster_view_listener();
/// Has a fresh cluster spread its partitions now.
request trigger_partition_assignment();
/// Makes a map known to operators' tools before it has entries.
request create_map(std::string_view name);

/// What an entry's events are about, as bits of one number.
namespace entry_event_kind {
inline constexpr std::int32_t added = 1;
inline constexpr std::int32_t removed = 2;
inline constexpr std::int32_t updated = 4;
inline constexpr std::int32_t evicted = 8;
inline constexpr std::int32_t expired = 16;
inline constexpr std::int32_t all_evicted = 32;
inline constexpr std::int32_t all_cleared = 64;
inline constexpr std::int32_t merged = 128;
inline constexpr std::int32_t all = 255;
}  // namespace entry_event_kind

/// Of all entries, values included. `local_only`: those whose owner is the member that is asked.
request add_entry_listener(std::string_view map, bool local_only);

/// How long an entry lives: milliseconds, 0 for ever. Members round down to whole seconds of their own clock,
/// so that up to a second less is left of it.
using time_to_live = milliseconds;

// Keys and values are serialized ones; `partition` is that of the key.
/// Answers with the value before.
request map_put(std::string_view map, std::string_view key, std::string_view value, time_to_live ttl,
                std::int32_t partition);
/// Answers with the value that was there: then nothing changed.
request map_put_if_absent(std::string_view map, std::string_view key, std::string_view value,
                          time_to_live ttl, std::int32_t partition);
/// The entry's time to live becomes the map's own default: see `map_set_ttl`.
request map_replace_if_same(std::string_view map, std::string_view key, std::string_view expected,
                            std::string_view value, std::int32_t partition);
request map_get(std::string_view map, std::string_view key, std::int32_t partition);
/// Answers with the value before.
request map_remove(std::string_view map, std::string_view key, std::int32_t partition);
request map_remove_if_same(std::string_view map, std::string_view key, std::string_view expected,
                           std::int32_t partition);
/// Without an event.
request map_set_ttl(std::string_view map, std::string_view key, time_to_live ttl, std::int32_t partition);
/// All entries, gathered by the member that is asked.
request map_entries(std::string_view map);

}  // namespace blotter::hazelcast
