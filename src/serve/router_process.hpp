#pragma once

#include "config/settings.hpp"

namespace blotter::serve {

/// `blotter router`: holds its share of the feed's partitions for the nodes of a cluster, until SIGINT or
/// SIGTERM, or until another process has its name (1). Throws `config::refused` where a setting can never
/// work.
int run_router(const config::settings& s);

}  // namespace blotter::serve
