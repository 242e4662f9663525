#pragma once

#include "config/settings.hpp"

namespace blotter::serve {

/// `blotter node`: serves viewers with what the routers of a cluster have, until SIGINT or SIGTERM, or until
/// another process has its name (1). Throws `config::refused` where a setting can never work.
int run_node(const config::settings& s);

}  // namespace blotter::serve
