#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace blotter::feed {

/// A record as it came from outside, before anything is known about it. Borrows its bytes.
struct raw_record {
  std::optional<std::string_view> key;    ///< none: the record has no key
  std::optional<std::string_view> value;  ///< none: null, a delete
  std::int64_t partition = 0;
  std::int64_t offset = 0;
  wall_time time;
};

/// Why a record of the feed is no row change. Numbers are kept: they name the reason in dead letters and
/// dashboards.
enum class reject_reason : std::uint8_t {
  not_json = 1,
  not_utf8 = 2,
  not_object = 3,
  empty_value = 4,
  too_large = 5,
  too_many_fields = 6,
  too_deep = 7,
  duplicate_field = 8,
  no_key = 9,
  unknown_key_form = 10,
  control_character = 11,
  empty_client = 12,
  client_too_long = 13,
  empty_row_key = 14,
  row_key_too_long = 15,
  client_mismatch = 16,
  row_mismatch = 17,
  field_missing = 18,
  field_wrong_type = 19,
  erase_unknown_row = 20,
  partition_out_of_range = 21,
  offset_out_of_range = 22,
};
/// One more than the greatest number: the size of a table by reason.
inline constexpr std::size_t reject_reason_bound = 23;

/// "not_json": for metrics and dead letters.
std::string_view name_of(reject_reason reason);
/// What is wrong, as a sentence for people.
std::string_view sentence_of(reject_reason reason);

}  // namespace blotter::feed
