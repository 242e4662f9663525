#pragma once

#include <string>

#include "scale/actuator.hpp"
#include "scale/autoscaler.hpp"

namespace blotter::serve {

/// As a field of `/v1/cluster`, after a comma: the last decision, the last that changed something, what was
/// used and what perfect foresight would have used, and how the actuator stands.
std::string autoscaler_text(const scale::autoscaler& now, const scale::decision& last_change,
                            const scale::actuator::standing& actuator);

}  // namespace blotter::serve
