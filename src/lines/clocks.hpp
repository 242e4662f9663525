#pragma once

#include <chrono>

#include "feed/arrival.hpp"

namespace blotter::lines {

/// The two clocks, read for the cores that never ask them.
inline feed::arrival arrival_now() {
  return {std::chrono::steady_clock::now(),
          std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now())};
}

}  // namespace blotter::lines
