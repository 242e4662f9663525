#pragma once

#include "config/settings.hpp"

namespace blotter::serve {

/// `blotter feed`: writes the simulated market to stdout or to a Kafka topic, until `count` rows are written,
/// the reader of stdout is gone, or SIGINT or SIGTERM. Returns the exit code of the process: 0 if all that
/// was made has been written. What cannot work from the start throws `config::refused`.
int run_feed(const config::settings& s);

}  // namespace blotter::serve
