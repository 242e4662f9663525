#pragma once

#include "config/settings.hpp"

namespace blotter::serve {

/// Everything in one process: reads the feed, keeps every row, serves browsers. Runs until SIGINT or SIGTERM,
/// then drains. Returns the exit code of the process: 0 after an orderly end. What cannot work from the start
/// (port taken, file missing) throws `config::refused`, which names the setting that was at fault.
int run_up(const config::settings& s);

}  // namespace blotter::serve
