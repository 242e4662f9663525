#pragma once

#include "table/position.hpp"

namespace blotter::lines {

/// A generation that no other start of any source has: for sources that begin anew at each start.
table::generation random_generation();

}  // namespace blotter::lines
