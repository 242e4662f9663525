#pragma once

#include "base/time.hpp"

namespace blotter::feed {

/// When something came: `now` for limits and rates, `time` for records that have no time of their own.
struct arrival {
  instant now;
  wall_time time;
};

}  // namespace blotter::feed
