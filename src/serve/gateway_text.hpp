#pragma once

#include <span>
#include <string>
#include <vector>

#include "gateway/gateway.hpp"

namespace blotter::serve {

/// What one core of a gateway has to say of itself.
struct gateway_finding {
  std::size_t viewers = 0;
  gateway::gateway_counters counters;
  std::vector<gateway::node_view> nodes;
};

/// All cores as a field of `/v1/cluster`, after a comma: viewers, ways to other nodes by their cause,
/// proposals of clients' nodes, and each node as this gateway finds it.
std::string gateway_text(std::span<const gateway_finding> cores);

}  // namespace blotter::serve
