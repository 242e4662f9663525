#pragma once

#include <vector>

#include "config/setting.hpp"
#include "config/settings.hpp"
#include "scale/scale_settings.hpp"

namespace blotter::serve {

/// The settings that only `blotter autoscaler` has.
std::vector<config::setting> autoscaler_settings();

/// What it is to keep. Throws `config::refused` where that can never be.
scale::scale_settings scale_settings_of(const config::settings& s);

}  // namespace blotter::serve
