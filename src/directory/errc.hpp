#pragma once

#include <type_traits>

#include "base/result.hpp"

namespace blotter::directory {

enum class errc {
  bad_member_id = 1,   ///< not 1 to 64 bytes of letters, digits, '.', '_' and '-'
  already_joined = 2,  ///< a living member has this id
  no_such_member = 3,  ///< never joined, or left, or lost its lease
};

const boost::system::error_category& category() noexcept;

inline error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), category()};
}

}  // namespace blotter::directory

template <>
struct boost::system::is_error_code_enum<blotter::directory::errc> : std::true_type {};
