#pragma once

#include "sim/context.hpp"
#include "sim/life.hpp"

namespace blotter::sim {

/// A smaller plan whose life breaks the same promise: fewer faults, processes, viewers, rows, time. Tries
/// some hundred lives.
plan shrink(plan failing, sabotage spoil, promise broken);

}  // namespace blotter::sim
