#pragma once

#include <vector>

#include "config/setting.hpp"

namespace blotter::serve {

/// The settings of every role; how those that are addresses are read is in serve/addresses.hpp.
std::vector<config::setting> settings_table();

}  // namespace blotter::serve
