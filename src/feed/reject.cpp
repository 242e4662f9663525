#include "feed/reject.hpp"

#include <array>

#include "base/check.hpp"

namespace blotter::feed {
namespace {

struct words {
  std::string_view name;
  std::string_view sentence;
};

// In the order of the numbers; 0 is no reason.
constexpr std::array<words, reject_reason_bound> table{{
    {"", ""},
    {"not_json", "The value is not JSON."},
    {"not_utf8", "The key or the value is not UTF-8."},
    {"not_object", "The value is JSON, but no object."},
    {"empty_value", "The value is empty; a delete has a null value, which is something else."},
    {"too_large", "The value is over 1 MiB."},
    {"too_many_fields", "The object has more than 1000 fields."},
    {"too_deep", "The value is nested more than 64 levels deep."},
    {"duplicate_field", "A field of the object is there twice."},
    {"no_key", "The record has no key."},
    {"unknown_key_form", "The key does not have the form that the settings say."},
    {"control_character", "The client id or the row key has a control character in it."},
    {"empty_client", "The client id is empty."},
    {"client_too_long", "The client id is longer than 255 bytes."},
    {"empty_row_key", "The row key is empty."},
    {"row_key_too_long", "The row key is longer than 1024 bytes."},
    {"client_mismatch", "Key and value name different clients."},
    {"row_mismatch", "Key and value name different rows."},
    {"field_missing", "The field that names the client or the row is missing."},
    {"field_wrong_type", "The field that names the client or the row is neither a string nor an integer."},
    {"erase_unknown_row", "The value is null, and the key alone does not name client and row."},
    {"partition_out_of_range", "The partition is out of range."},
    {"offset_out_of_range", "The offset is out of range."},
}};

const words& words_of(reject_reason reason) {
  const auto number = static_cast<std::size_t>(reason);
  check(number > 0 && number < table.size());
  return table[number];
}

}  // namespace

std::string_view name_of(reject_reason reason) {
  return words_of(reason).name;
}
std::string_view sentence_of(reject_reason reason) {
  return words_of(reason).sentence;
}

}  // namespace blotter::feed
