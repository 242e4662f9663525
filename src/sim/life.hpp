#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/context.hpp"

namespace blotter::sim {

/// How a life went.
struct outcome {
  std::optional<broken_promise> failure;
  situations seen;
  std::uint64_t digest = 0;  ///< equal for equal lives
  std::uint64_t steps = 0;
  milliseconds lived{0};      ///< virtual time
  milliseconds recovered{0};  ///< from the end of faults and feed until all was current
  milliseconds gap_max{0};    ///< longest time a viewer's rows were older than one second
  milliseconds gap_total{0};
};

/// Lives one life from begin to end in virtual time; appends lines of what happens to `trace` where there is
/// one.
outcome live(const plan& drawn, sabotage spoil, std::string* trace = nullptr);

/// After faults and feed have come to rest everything must be current again within this time.
milliseconds recovery_max(const plan& life);

}  // namespace blotter::sim
