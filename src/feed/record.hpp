#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "feed/event.hpp"
#include "feed/json_object.hpp"
#include "feed/key_template.hpp"
#include "feed/reject.hpp"

namespace blotter::feed {

/// Which part of a record names its client and its row.
struct record_mapping {
  /// Form of the keys. Empty: keys are not looked at, and both fields below must be set; deletes are then
  /// impossible.
  std::string key = "{client}_{row}";
  /// Where a key is divided whose separator occurs more than once.
  split split_at = split::first;
  /// Field of the value that names the client; empty: do not look. A string, or an integer, whose digits are
  /// taken as they stand. Where the key names the client as well, a value that says otherwise is refused.
  std::string client_field = "clientId";
  /// The same for the row.
  std::string row_field = "ticker";
};

/// Offsets beyond this are refused: browsers count exactly up to here, and rows carry their offset.
inline constexpr table::record_offset record_offset_max = (std::int64_t{1} << 53) - 1;
/// A line that gives key and value of a row may be this much longer than the value.
inline constexpr std::size_t line_size_max = table::row_value_size_max + 8 * 1024;

/// Turns records of any feed into row changes, or says why it can't. Copies a record's text once, into the
/// batch, and checks it there; allocates nothing per record. Owned by one source, used on its thread.
class record_parser {
 public:
  /// Throws std::invalid_argument when `mapping` could never name a row.
  explicit record_parser(record_mapping mapping);

  /// Appends what `record` changes to `batch`; or says why it is refused and leaves `batch` as it was.
  [[nodiscard]] std::optional<reject_reason> parse(const raw_record& record, change_batch& batch);

  /// The same for a line of a file: the value of a row, which names client and row by its fields, or
  /// `{"key":…,"value":…}`. `record.value` is the line, at most `line_size_max` bytes; `record.key` is not
  /// looked at.
  [[nodiscard]] std::optional<reject_reason> parse_line(const raw_record& record, change_batch& batch);

 private:
  using refusal = std::optional<reject_reason>;

  refusal name_by_key(std::string_view key);
  refusal name_by_fields(json_object& object);
  refusal name_by_field(const json_object::field& field, json_object& object,
                        std::optional<std::string_view>& name, reject_reason mismatch);
  refusal put(const raw_record& record, std::string_view value, char* names_at, change_batch& batch);
  refusal erase(const raw_record& record, char* names_at, change_batch& batch);
  refusal append(const raw_record& record, char* names_at, table::row_change change, change_batch& batch);

  record_mapping mapping_;
  key_template key_;
  json_object value_;
  json_object line_;  // what stands around a value in a line
  // Of the record at hand. They borrow its key, its value or a reader.
  std::optional<std::string_view> client_, row_;
};

}  // namespace blotter::feed
