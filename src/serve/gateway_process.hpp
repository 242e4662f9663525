#pragma once

#include "config/settings.hpp"

namespace blotter::serve {

/// `blotter gateway`: runs one gateway of a cluster until it is told to end. Returns the exit code.
int run_gateway(const config::settings& settings);

}  // namespace blotter::serve
