#pragma once

#include <string>

#include "link/message.hpp"

namespace blotter::sim {

/// A message between processes in a line, for the trace.
std::string message_text(const link::to_node& message);
std::string message_text(const link::to_router& message);

}  // namespace blotter::sim
