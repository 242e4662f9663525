#pragma once

#include <cstdint>
#include <string>

#include "http/request.hpp"

namespace blotter::http {

/// The body of an event stream that ends at once: come back later (docs/protocol.md). The delay is long and
/// random, from 3 to 15 s as `chance` is, so that those turned away do not return together. The viewer's
/// bookmark goes back to it, or the stream that told it nothing would make it forget how far it had come.
std::string overload_events(const request& asked, std::uint64_t chance);

}  // namespace blotter::http
