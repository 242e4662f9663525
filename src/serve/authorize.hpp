#pragma once

#include <string_view>

#include "http/problem.hpp"
#include "http/request.hpp"

namespace blotter::serve {

/// Decides whose rows an asker may see, for every request that is about one client (events, rows, place), at
/// nodes and at gateways: the one place to change when askers have to prove who they are. Pure: by headers
/// and target alone.
///
/// Gives the client that is then served, which is the path's since that chose the core; lives as long as the
/// request. Or a refusal: 401 to an asker who is not known, 403 to one who is, 400 to what names no client,
/// with the reason in its sentence. It ends a browser's EventSource for good, as it should.
///
/// Today everybody may see everything.
http::or_problem<std::string_view> authorize(const http::request& asked);

}  // namespace blotter::serve
