#pragma once

#include <string>
#include <vector>

#include "config/setting.hpp"
#include "config/settings.hpp"

namespace blotter::app {

/// What the subcommands start. Each gets its checked settings, after the log has been set up by them, and
/// returns the exit code of the process.
struct entry_points {
  int (*up)(const config::settings&);
  int (*router)(const config::settings&);
  int (*node)(const config::settings&);
  int (*gateway)(const config::settings&);
  int (*autoscaler)(const config::settings&);
  int (*cluster)(const config::settings&);
  int (*feed)(const config::settings&);
  int (*watch)(const config::settings&);
};

/// Every subcommand and every setting of the program.
const config::table& command_table();

/// The program: `arguments` behind its name, `environment` as NAME=VALUE. Prints help and versions to stdout,
/// what is wrong to stderr. Returns the exit code: 0 well ended, 1 failed, 2 wrongly started.
int run(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
        const entry_points& start);

}  // namespace blotter::app
