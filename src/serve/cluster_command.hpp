#pragma once

#include "config/settings.hpp"

namespace blotter::serve {

/// `blotter cluster`: routers, nodes and gateways of this machine as processes of this same program, against
/// real Kafka and Hazelcast; shows them until SIGINT or SIGTERM, then stops them in order. Throws
/// `config::refused`, and std::runtime_error where a part cannot be started.
int run_cluster(const config::settings& s);

}  // namespace blotter::serve
