#pragma once

#include <chrono>

namespace blotter {

/// Now, on a clock that only goes forward. Cores take it as an argument and never ask for it, so that a
/// simulator can hand them any time it likes.
using instant = std::chrono::steady_clock::time_point;

/// The time of day, in milliseconds since 1970 UTC. For people and records; never for measuring a duration.
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

using std::chrono::milliseconds;

}  // namespace blotter
