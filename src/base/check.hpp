#pragma once

#include <source_location>

namespace blotter {

[[noreturn]] void check_failed(std::source_location where) noexcept;

/// States what cannot be otherwise; on in release builds. A false condition is a defect of ours: prints where
/// and aborts. Never for data from outside, which can be anything.
inline void check(bool condition, std::source_location where = std::source_location::current()) noexcept {
  if (!condition) [[unlikely]]
    check_failed(where);
}

}  // namespace blotter
