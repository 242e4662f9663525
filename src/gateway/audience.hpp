#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "gateway/gateway_options.hpp"
#include "gateway/node_links.hpp"
#include "gateway/sink.hpp"
#include "table/slab.hpp"

namespace blotter::gateway {

/// The viewers of one client, and where they all go.
struct audience {
  std::string client;
  node_number home = node_number::none;
  std::vector<std::uint32_t> viewers;
  std::uint32_t questions = 0;
  instant rest_until{};     ///< it could not be moved: left alone until then
  cause why = cause::hint;  ///< it was given this home, if its viewers have to move there
  bool scattered = false;   ///< in `scattered_`
  instant placed_until{};   ///< somebody was told its home: kept until then, though no viewer is here
};

/// Rows of a client that were asked for once.
struct question {
  request_id request;
  std::uint32_t audience;
  std::uint32_t link = table::no_slot;  ///< none: waits for a node
};

}  // namespace blotter::gateway
