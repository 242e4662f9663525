#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.hpp"
#include "directory/member.hpp"

namespace blotter::gateway {

/// A node as one core of a gateway finds it.
struct node_view {
  directory::member_id id;
  std::size_t links = 0;  ///< that are up
  std::uint32_t cores = 0;
  std::size_t streams = 0;
  bool suspect = false;  ///< silent, on one link at least
  bool held = false;     ///< gets no new client, for it was lost too often
  bool gray = false;     ///< much slower than its peers
  milliseconds echo{0};  ///< median of its last echoes
};

}  // namespace blotter::gateway
