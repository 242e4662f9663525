#pragma once

#include <cstddef>
#include <type_traits>

#include "base/result.hpp"

namespace blotter::directory {

enum class errc {
  bad_member_id = 1,   ///< not 1 to 64 bytes of letters, digits, '.', '_' and '-'
  already_joined = 2,  ///< a living member has this id
  no_such_member = 3,  ///< never joined, or left, or lost its lease
  bad_partitions = 4,  ///< not ranges like "0-15,17"

  // Why a member's record was set aside.
  record_too_long = 5,         ///< over `record_size_max`
  record_not_json = 6,         ///< or not an object, or nested too deep
  record_of_other_format = 7,  ///< written by a version that this one does not understand
  record_of_other_key = 8,     ///< its id is not the key that it stands under
  record_field_missing = 9,
  record_field_bad = 10,  ///< of the wrong kind, or out of range
  unknown_role = 11,
  unknown_stage = 12,
  too_many_members = 13,  ///< no room for one more
};

/// One more than the greatest.
inline constexpr std::size_t errc_end = 14;

const boost::system::error_category& category() noexcept;

inline error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), category()};
}

}  // namespace blotter::directory

template <>
struct boost::system::is_error_code_enum<blotter::directory::errc> : std::true_type {};
