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
  node_number holder = node_number::none;  ///< who has it by the directory, as last answered
  instant unknown_since{};                 ///< that is no member: since when
  instant gray_until{};                    ///< it was taken from a slow node: from no other before
  std::uint8_t gray_times = 0;
  bool waits = false;      ///< to be proposed: in `agreement::waiting_`
  bool proposing = false;  ///< an answer is to come
  bool replacing = false;  ///< the last proposal was of another node in place of its holder
  bool again = false;      ///< is to be proposed once more, after that
  bool unsure = false;     ///< the last answer said nothing
  bool looked_at = false;  ///< in `agreement::look_again_`
};

/// Rows of a client that were asked for once.
struct question {
  request_id request;
  std::uint32_t audience;
  std::uint32_t link = table::no_slot;  ///< none: waits for a node
};

}  // namespace blotter::gateway
