#pragma once

#include <string>
#include <string_view>

#include "metrics/registry.hpp"

namespace blotter::prometheus {

/// What `/metrics` answers with.
inline constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics of `all` in Prometheus' text format, version 0.0.4. A histogram is given by `histogram_bounds`
/// powers of two, at which its counts are exact: from 1 on, or from 1024 on where it is recorded finer than
/// in its unit (so 1 us to 69 s for nanoseconds). On any thread; `all` is sealed.
std::string to_text(const metrics::registry& all);
inline constexpr unsigned histogram_bounds = 27;

}  // namespace blotter::prometheus
