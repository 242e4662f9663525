#include "feed/record.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace blotter::feed {
namespace {

using table::change_kind;
using table::row_change;

constexpr unsigned depth_max = 64;
constexpr std::size_t names_size_max = table::client_id_size_max + table::row_key_size_max;

std::optional<reject_reason> place_fault(const raw_record& record) {
  if (record.partition < 0 || record.partition > table::partition_max)
    return reject_reason::partition_out_of_range;
  if (record.offset < 0 || record.offset > record_offset_max) return reject_reason::offset_out_of_range;
  return std::nullopt;
}

/// UTF-8 without control characters (those of ASCII and, C2 80 to C2 9F, those of Latin-1).
std::optional<reject_reason> text_fault(std::string_view name) {
  bool ascii = true;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return reject_reason::control_character;
    ascii &= byte < 0x80;
  }
  if (ascii) return std::nullopt;
  if (!simdjson::validate_utf8(name.data(), name.size())) return reject_reason::not_utf8;
  for (std::size_t at = 0; at + 1 < name.size(); ++at) {
    if (name[at] == '\xC2' && static_cast<unsigned char>(name[at + 1]) < 0xA0)
      return reject_reason::control_character;
  }
  return std::nullopt;
}

std::optional<reject_reason> name_fault(std::string_view name, std::size_t size_max, reject_reason empty,
                                        reject_reason too_long) {
  if (name.empty()) return empty;
  if (name.size() > size_max) return too_long;
  return text_fault(name);
}

bool is_integer(std::string_view raw) {
  return (raw.front() == '-' || (raw.front() >= '0' && raw.front() <= '9')) &&
         raw.find_first_of(".eE") == raw.npos;
}

/// Line breaks are legal between the tokens of JSON but would end the `data:` line of a server-sent event.
void blank_line_breaks(char* text, std::size_t size) {
  for (const char line_break : {'\n', '\r'}) {
    if (std::memchr(text, line_break, size)) std::replace(text, text + size, line_break, ' ');
  }
}

/// `{"key":"…","value":{…}}` with nothing else in it; `value` may be null.
bool gives_key_and_value(const json_object& line) {
  if (line.fields().size() != 2) return false;
  const auto* const key = line.find("key");
  const auto* const value = line.find("value");
  return key && value && key->raw.front() == '"' && (value->raw.front() == '{' || value->raw == "null");
}

row_change put_of(std::string_view value) {
  row_change change;
  change.value = value;
  return change;
}

}  // namespace

record_parser::record_parser(record_mapping mapping)
    : mapping_(std::move(mapping)), key_(mapping_.key, mapping_.split_at) {
  if (!key_.names_client() && mapping_.client_field.empty())
    throw std::invalid_argument("neither the key form nor a field names the client");
  if (!key_.names_row() && mapping_.row_field.empty())
    throw std::invalid_argument("neither the key form nor a field names the row");
}

std::optional<reject_reason> record_parser::parse(const raw_record& record, change_batch& batch) {
  client_.reset();
  row_.reset();
  if (const auto why = place_fault(record)) return why;
  if (!key_.empty()) {
    if (!record.key) return reject_reason::no_key;
    if (const auto why = name_by_key(*record.key)) return why;
  }
  if (!record.value) return erase(record, batch.text.room(names_size_max), batch);
  const std::string_view value = *record.value;
  if (value.empty()) return reject_reason::empty_value;
  if (value.size() > table::row_value_size_max) return reject_reason::too_large;
  char* const room = batch.text.room(value.size() + names_size_max + json_object::padding);
  std::memcpy(room, value.data(), value.size());
  return put(record, {room, value.size()}, room + value.size(), batch);
}

std::optional<reject_reason> record_parser::parse_line(const raw_record& record, change_batch& batch) {
  client_.reset();
  row_.reset();
  if (const auto why = place_fault(record)) return why;
  const std::string_view line = record.value.value_or(std::string_view());
  if (line.empty()) return reject_reason::empty_value;
  if (line.size() > line_size_max) return reject_reason::too_large;
  char* const room = batch.text.room(line.size() + names_size_max + json_object::padding);
  std::memcpy(room, line.data(), line.size());
  char* const names_at = room + line.size();
  if (const auto why = line_.read({room, line.size()}, depth_max + 1)) return why;
  if (!gives_key_and_value(line_)) {
    if (line.size() > table::row_value_size_max) return reject_reason::too_large;
    if (line_.depth() > depth_max) return reject_reason::too_deep;
    if (const auto why = name_by_fields(line_)) return why;
    return append(record, names_at, put_of({room, line.size()}), batch);
  }
  if (const auto why = name_by_key(line_.unescaped(line_.find("key")->raw))) return why;
  const std::string_view value = line_.find("value")->raw;
  if (value == "null") return erase(record, names_at, batch);
  if (value.size() > table::row_value_size_max) return reject_reason::too_large;
  return put(record, value, names_at, batch);
}

std::optional<reject_reason> record_parser::name_by_key(std::string_view key) {
  if (key_.empty()) return std::nullopt;
  const auto parts = key_.match(key);
  if (!parts) return reject_reason::unknown_key_form;
  client_ = parts->client;
  row_ = parts->row;
  return std::nullopt;
}

std::optional<reject_reason> record_parser::name_by_fields(json_object& object) {
  if (!mapping_.client_field.empty()) {
    if (const auto* const field = object.find(mapping_.client_field)) {
      if (const auto why = name_by_field(*field, object, client_, reject_reason::client_mismatch)) return why;
    }
  }
  if (!mapping_.row_field.empty()) {
    if (const auto* const field = object.find(mapping_.row_field)) {
      if (const auto why = name_by_field(*field, object, row_, reject_reason::row_mismatch)) return why;
    }
  }
  if (!client_ || !row_) return reject_reason::field_missing;
  return std::nullopt;
}

std::optional<reject_reason> record_parser::name_by_field(const json_object::field& field,
                                                          json_object& object,
                                                          std::optional<std::string_view>& name,
                                                          reject_reason mismatch) {
  std::string_view said = field.raw;
  if (said.front() == '"') {
    said = object.unescaped(said);
  } else if (!is_integer(said)) {
    return reject_reason::field_wrong_type;
  }
  if (name && *name != said) return mismatch;
  name = said;
  return std::nullopt;
}

/// `value` stands in the batch's room, somewhere before `names_at`.
std::optional<reject_reason> record_parser::put(const raw_record& record, std::string_view value,
                                                char* names_at, change_batch& batch) {
  if (const auto why = value_.read(value, depth_max)) return why;
  if (const auto why = name_by_fields(value_)) return why;
  return append(record, names_at, put_of(value), batch);
}

std::optional<reject_reason> record_parser::erase(const raw_record& record, char* names_at,
                                                  change_batch& batch) {
  if (!client_ || !row_) return reject_reason::erase_unknown_row;
  row_change change;
  change.kind = change_kind::erase;
  return append(record, names_at, change, batch);
}

/// The last step: nothing but bad names can refuse the record now. The names are written to `names_at`,
/// behind everything of the record that is to be kept.
std::optional<reject_reason> record_parser::append(const raw_record& record, char* names_at,
                                                   row_change change, change_batch& batch) {
  if (const auto why = name_fault(*client_, table::client_id_size_max, reject_reason::empty_client,
                                  reject_reason::client_too_long))
    return why;
  if (const auto why = name_fault(*row_, table::row_key_size_max, reject_reason::empty_row_key,
                                  reject_reason::row_key_too_long))
    return why;
  char* const row_at = names_at + client_->size();
  std::memmove(names_at, client_->data(), client_->size());
  std::memmove(row_at, row_->data(), row_->size());
  change.client = {names_at, client_->size()};
  change.key = {row_at, row_->size()};
  change.at = {static_cast<table::partition_id>(record.partition), record.offset};
  change.time = record.time;
  char* const start = batch.text.room(0);
  if (!change.value.empty()) blank_line_breaks(start, static_cast<std::size_t>(names_at - start));
  batch.text.keep(static_cast<std::size_t>(row_at + row_->size() - start));
  batch.changes.push_back(change);
  return std::nullopt;
}

}  // namespace blotter::feed
