#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "auth/ticket.hpp"
#include "base/time.hpp"
#include "config/settings.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"

namespace blotter::serve {

/// What an asker has to show here. Immutable: shared by all cores.
struct admission {
  std::shared_ptr<const auth::ticket_keys> keys = nullptr;  ///< none: nobody has to show a ticket
  std::string member = {};                                  ///< that tickets have to be for
};

/// Decides whose rows an asker may see, for every request that is about one client (events, rows, place), at
/// nodes and at gateways: the one place to change when askers have to prove who they are. Pure: by headers
/// and target alone.
///
/// Gives the client that is then served, which is the path's since that chose the core; lives as long as the
/// request. Or a refusal: 401 to an asker who is not known, 403 to one who is, 400 to what names no client,
/// with the reason in its sentence. It ends a browser's EventSource for good, as it should.
///
/// Today everybody may see everything by a gateway, and by a node that asks for no tickets.
http::or_problem<std::string_view> authorize(const http::request& asked, const admission& by, wall_time now);

/// The file that --ticket-keys names, or none. Throws `config::refused` when there is no key to be had of it.
std::shared_ptr<const auth::ticket_keys> ticket_keys_of(const config::settings& s);

/// How long a ticket is good: time enough to connect with it.
inline constexpr milliseconds ticket_time = std::chrono::minutes(1);

}  // namespace blotter::serve
