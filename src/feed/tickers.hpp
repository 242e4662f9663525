#pragma once

#include <cstddef>
#include <string>

namespace blotter::feed {

/// At most this many different names.
inline constexpr std::size_t tickers_max = 400'000;

/// The name of instrument `number`, below `tickers_max`: first well-known ones, then made-up ones of four
/// letters, all different.
std::string ticker(std::size_t number);

}  // namespace blotter::feed
