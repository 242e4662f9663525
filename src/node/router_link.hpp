#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "link/message.hpp"
#include "node/link_choice.hpp"
#include "table/position.hpp"

namespace blotter::node {

/// A link to one router, as the shell numbers them; never used twice.
enum class link_id : std::uint32_t {};

/// A node's end of one link: what the router said of itself, what is asked of it, and how long it was silent.
struct router_link {
  link_id id{};
  bool up = false;
  table::generation feed = table::generation::none;  ///< of the router
  std::uint32_t partitions = 0;                      ///< of that feed
  table::partition_set serving;
  table::partition_set wanted;  ///< by the last `wanted`, unless the router's generation ended since
  link::feed_status status{link::feed_status::state::loading, {}};
  instant lost_since{};  ///< when its feed was lost, if it is
  instant heard{};
  bool silent = false;  ///< it was silent, and has not been heard for long enough since
  instant resumed{};    ///< when it spoke again after a silence
  link_health last_health = link_health::well;  ///< when links were last chosen
  std::uint64_t taken_bytes = 0;
  std::uint64_t taken_told = 0;

  bool in_use() const { return up && !wanted.empty(); }
};

}  // namespace blotter::node
