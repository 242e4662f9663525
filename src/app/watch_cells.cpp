#include "app/watch_cells.hpp"

#include <simdjson.h>

#include <algorithm>

#include "base/json_text.hpp"

namespace blotter::app {
namespace {

cell cell_of(simdjson::ondemand::value value, std::size_t letters_max) {
  const bool number = value.type() == simdjson::ondemand::json_type::number;
  const bool text = value.type() == simdjson::ondemand::json_type::string;
  const std::string shown =
      text ? printable(value.get_string()) : printable_json(simdjson::to_json_string(value).value());
  return {shortened(shown, letters_max), number};
}

}  // namespace

std::size_t letters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string clipped(std::string_view text, std::size_t most) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & 0xC0) != 0x80 && seen++ == most) return std::string(text.substr(0, i));
  }
  return std::string(text);
}

std::string shortened(std::string_view text, std::size_t most) {
  std::string out = clipped(text, most);
  return out.size() == text.size() || most == 0 ? out : clipped(out, most - 1) + "\u2026";
}

std::string printable(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return quoted.substr(1, quoted.size() - 2);
}

// DEL and U+0080 to U+009F may stand raw in its texts, and nowhere else; line breaks between its parts only.
std::string printable_json(std::string_view json) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    const auto next = i + 1 < json.size() ? static_cast<unsigned char>(json[i + 1]) : 0xFFu;
    const bool c1 = byte == 0xC2 && next < 0xA0;
    if (c1 || byte == 0x7F) {
      const unsigned code = c1 ? next : byte;
      out += "\\u00";
      out += digits[code >> 4];
      out += digits[code & 15];
      i += c1 ? 1 : 0;
    } else {
      out += byte < ' ' ? ' ' : json[i];
    }
  }
  return out;
}

std::optional<std::size_t> column_names::place(const std::string& field) {
  const auto found = places_.find(field);
  if (found != places_.end()) return found->second;
  if (names_.size() == most_) {
    overflowed_ = true;
    return std::nullopt;
  }
  places_.emplace(field, names_.size());
  names_.push_back(field);
  return names_.size() - 1;
}

std::vector<cell> cells_of(const std::string& key, const std::string& json, column_names& columns,
                           std::size_t letters_max) {
  thread_local simdjson::ondemand::parser parser;
  std::vector<cell> cells{{shortened(printable(key), letters_max)}};
  try {
    const simdjson::padded_string text(json);
    simdjson::ondemand::document doc = parser.iterate(text);
    for (simdjson::ondemand::field field : doc.get_object()) {
      const auto at = columns.place(shortened(printable(field.unescaped_key()), letters_max));
      if (!at) continue;
      if (cells.size() <= *at) cells.resize(*at + 1);
      cells[*at] = cell_of(field.value(), letters_max);
    }
  } catch (const simdjson::simdjson_error&) {
    cells.push_back({"(not readable)"});
  }
  return cells;
}

std::string padded(const cell& one, std::size_t width) {
  const std::size_t own = letters(one.text);
  const std::string blanks(width > own ? width - own : 0, ' ');
  return one.number ? blanks + one.text : one.text + blanks;
}

}  // namespace blotter::app
