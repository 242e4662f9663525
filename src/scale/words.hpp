#pragma once

#include <string>

namespace blotter::scale {

/// As printf, up to 400 bytes.
[[gnu::format(printf, 1, 2)]] std::string words(const char* form, ...);

}  // namespace blotter::scale
