#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "directory/member_map.hpp"

namespace blotter::directory {

/// The map in which gateways write which node has a client, by client, wherever that is: what
/// `placement_keeper` asks of it. Nothing here waits, and no answer comes before the call returns.
class placement_map {
 public:
  virtual ~placement_map() = default;

  // Each false when it is not asked at all: then there is no answer. Otherwise there is one, by the calls of
  // `placement_map_user`, or `placement_call_failed` when nobody knows whether it ran.
  /// Kept for `life` from when it is written.
  virtual bool put_if_absent(map_call which, const std::string& client, const std::string& record,
                             milliseconds life, instant now) = 0;
  /// `before` is the record as it was read, byte for byte. May give the entry another life: see `set_life`.
  virtual bool replace_if_same(map_call which, const std::string& client, const std::string& before,
                               const std::string& record, instant now) = 0;
  /// From now on; tells nobody.
  virtual bool set_life(map_call which, const std::string& client, milliseconds life, instant now) = 0;
};

/// What the map says. Clients and records are hostile text, borrowed until the call returns. Answers may be
/// late, doubled, or for calls long forgotten; events may be lost, doubled or in the wrong order.
class placement_map_user {
 public:
  /// `before`: what stood there, and stands there still.
  virtual void put_answered(map_call which, std::optional<std::string_view> before, instant now) = 0;
  virtual void replace_answered(map_call which, bool replaced, instant now) = 0;
  virtual void life_answered(map_call which, instant now) = 0;
  virtual void placement_call_failed(map_call which, instant now) = 0;

  /// None: it is gone, by whatever way.
  virtual void placement_written(std::string_view client, std::optional<std::string_view> record) = 0;
  /// Entries may have changed, or be lost, without an event.
  virtual void placements_shaken() = 0;

 protected:
  ~placement_map_user() = default;
};

}  // namespace blotter::directory
