#pragma once

#include <type_traits>

#include "base/result.hpp"

namespace blotter::auth {

enum class errc {
  // Why a ticket admits nobody.
  ticket_malformed = 1,     ///< no JSON Web Token, or without the claims of a ticket
  ticket_forged = 2,        ///< signed with no key of ours
  ticket_expired = 3,       ///< its time is over
  ticket_other_client = 4,  ///< for another client
  ticket_other_node = 5,    ///< for another node
  // Why a file of keys is none.
  no_key = 10,         ///< no line with one
  key_too_short = 11,  ///< less than `key_size_min` bytes
  too_many_keys = 12,  ///< more than `keys_max`
};

const boost::system::error_category& category() noexcept;

inline error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), category()};
}

}  // namespace blotter::auth

template <>
struct boost::system::is_error_code_enum<blotter::auth::errc> : std::true_type {};
