#pragma once

#include "config/settings.hpp"

namespace blotter::serve {

/// `blotter autoscaler`: keeps the number of nodes of a cluster, until SIGINT or SIGTERM, or until another
/// process has its name (1). Nodes that it started live on. Throws `config::refused` where a setting can
/// never work.
int run_autoscaler(const config::settings& s);

}  // namespace blotter::serve
