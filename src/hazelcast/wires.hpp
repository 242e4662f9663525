#pragma once

#include <cstdint>
#include <string>

#include "hazelcast/answer.hpp"

namespace blotter::hazelcast {

using wire_id = std::uint32_t;

/// The connections of a client, as it wants them. What becomes of them is told to the client later, never
/// from within a call.
class wires {
 public:
  virtual ~wires() = default;
  /// Leads to `client::connected` or `client::lost`. An id is used once.
  virtual void dial(wire_id which, const address& where) = 0;
  virtual void send(wire_id which, std::string bytes) = 0;
  /// Nothing of it is told any more.
  virtual void hang_up(wire_id which) = 0;
};

}  // namespace blotter::hazelcast
