#pragma once

#include <string>
#include <string_view>

#include "auth/ticket.hpp"
#include "sim/sabotage.hpp"

namespace blotter::sim {

/// How long a gateway's ticket is good, as its shell has it.
inline constexpr milliseconds ticket_time = std::chrono::minutes(1);

/// A ticket signed with the cluster's key, or with that of whoever has none.
enum class signer : bool { gateway, stranger };
std::string sign_ticket(signer by, const auth::ticket& what);

/// Whether a node lets in who shows this ticket: the production check, where a node's shell makes it.
result<void> check_ticket(const saboteur& spoiled, std::string_view shown, std::string_view client,
                          std::string_view node, wall_time now);

}  // namespace blotter::sim
