#include "app/watch_view.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/json_text.hpp"

namespace blotter::app {
namespace {

using outcome = watch_table::outcome;
using proof = watch_table::proof;

constexpr std::size_t cell_letters_max = 24;
constexpr std::size_t columns_max = 64;

/// JSON, printable: its texts may hold raw what a terminal would obey (DEL, U+0080 to U+009F).
std::string printable_json(std::string_view json) {
  std::string out;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    const bool c1 = byte == 0xC2 && i + 1 < json.size() && static_cast<unsigned char>(json[i + 1]) < 0xA0;
    out += byte < ' ' || byte == 0x7F || c1 ? ' ' : json[i];
    if (c1) ++i;
  }
  return out;
}

/// As JSON that stands in one line: line breaks in it can only be blanks between its parts.
std::string one_line(std::string_view json) {
  std::string out(json);
  std::replace(out.begin(), out.end(), '\n', ' ');
  std::replace(out.begin(), out.end(), '\r', ' ');
  return out;
}

bool is_json(std::string_view text) {
  thread_local simdjson::dom::parser parser;
  return parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
}

std::string proof_text(const watch_table& table) {
  switch (table.proven()) {
    case proof::none:
      return "not verified yet";
    case proof::verified:
      return "checksum " + table.proven_checksum() + " verified";
    case proof::wrong:
      return "checksum " + table.proven_checksum() + " WRONG";
    case proof::impossible:
      return "cannot be verified: began at a bookmark";
  }
  return "";
}

/// Letters as a terminal counts most of them: code points.
std::size_t letters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// At most `most` letters.
std::string clipped(std::string_view text, std::size_t most) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & 0xC0) != 0x80 && seen++ == most) return std::string(text.substr(0, i));
  }
  return std::string(text);
}

// ------------------------------------------------------------------------------------------------- plain
// lines

/// Values as they were written: 1.50 stays 1.50.
std::string rows_lines(std::string_view data, const watch_table& table) {
  std::string out;
  simdjson::dom::parser parser;
  simdjson::dom::array rows;
  if (parser.parse(data.data(), data.size()).get(rows)) return out;
  for (const simdjson::dom::element one : rows) {
    std::string_view key;
    std::int64_t partition = 0, offset = 0;
    if (one["key"].get(key) || one["v"].at(0).get(partition) || one["v"].at(1).get(offset)) continue;
    out += printable(key) + ' ' + std::to_string(partition) + ':' + std::to_string(offset) + ' ';
    const auto row = table.rows().find(key);
    out += (row == table.rows().end() ? "deleted" : printable_json(row->second.json)) + '\n';
  }
  return out;
}

// ------------------------------------------------------------------------------------------------------
// screen

struct cell {
  std::string text;
  bool number = false;
};
struct grid {
  std::vector<std::string> names;       ///< of the columns, the key first
  std::vector<std::vector<cell>> rows;  ///< may be shorter than `names`
};

cell cell_of(simdjson::ondemand::value value) {
  const bool number = value.type() == simdjson::ondemand::json_type::number;
  const bool text = value.type() == simdjson::ondemand::json_type::string;
  const std::string shown =
      text ? printable(value.get_string()) : printable_json(simdjson::to_json_string(value).value());
  return {clipped(shown, cell_letters_max), number};
}

void add_row(grid& into, const std::string& key, const std::string& json) {
  thread_local simdjson::ondemand::parser parser;
  std::vector<cell>& cells = into.rows.emplace_back();
  cells.push_back({clipped(printable(key), cell_letters_max)});
  try {
    const simdjson::padded_string text(json);
    simdjson::ondemand::document doc = parser.iterate(text);
    for (simdjson::ondemand::field field : doc.get_object()) {
      const std::string name = clipped(printable(field.unescaped_key()), cell_letters_max);
      const auto found = std::find(into.names.begin() + 1, into.names.end(), name);
      const auto at = static_cast<std::size_t>(found - into.names.begin());
      if (found == into.names.end()) {
        if (into.names.size() == columns_max) continue;
        into.names.push_back(name);
      }
      if (cells.size() <= at) cells.resize(at + 1);
      cells[at] = cell_of(field.value());
    }
  } catch (const simdjson::simdjson_error&) {
    cells.push_back({"(not readable)"});
  }
}

std::vector<std::size_t> widths_of(const grid& all) {
  std::vector<std::size_t> widths;
  for (const std::string& name : all.names) widths.push_back(letters(name));
  for (const auto& row : all.rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], letters(row[i].text));
  }
  return widths;
}

std::string padded(const cell& one, std::size_t width) {
  const std::string blanks(width - letters(one.text), ' ');
  return one.number ? blanks + one.text : one.text + blanks;
}

std::string row_line(const std::vector<cell>& row, const std::vector<std::size_t>& widths) {
  std::string out;
  for (std::size_t i = 0; i < row.size(); ++i) out += (i == 0 ? "" : "  ") + padded(row[i], widths[i]);
  return out;
}

/// The names stand as the numbers under them do.
std::string header_line(const grid& all, const std::vector<std::size_t>& widths) {
  std::vector<cell> names;
  for (std::size_t i = 0; i < all.names.size(); ++i) {
    const bool number = std::any_of(all.rows.begin(), all.rows.end(),
                                    [i](const auto& row) { return i < row.size() && row[i].number; });
    names.push_back({all.names[i], number});
  }
  return row_line(names, widths);
}

std::string one_decimal(double number) {
  const auto tenths = static_cast<std::int64_t>(number * 10 + 0.5);
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
}

struct mood {
  std::string word;
  std::string_view colour;
};
mood mood_of(const watch_table& table) {
  switch (table.now()) {
    case watch_table::state::live:
      return {"LIVE", "\x1b[30;42m"};
    case watch_table::state::stale:
      return {"STALE (" + printable(table.reason()) + ")", "\x1b[97;41m"};
    case watch_table::state::waiting:
      return {"WAITING (" + printable(table.reason()) + ")", "\x1b[30;43m"};
  }
  return {};
}

std::string facts_text(const watch_table& table, const screen_facts& facts) {
  std::string out = "  " + printable(facts.client) + "  " + std::to_string(table.rows().size()) + " rows  " +
                    one_decimal(facts.changes_per_second) + " changes/s  ";
  if (facts.heard)
    out += "heard " + one_decimal(static_cast<double>(facts.since_beat.count()) / 1000) + " s ago  ";
  out += proof_text(table);
  if (!table.member().empty()) out += "  " + printable(table.member());
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return quoted.substr(1, quoted.size() - 2);
}

std::string problem_text(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element problem;
  std::string_view title, detail;
  if (parser.parse(body.data(), body.size()).get(problem)) return std::string(body.substr(0, 200));
  if (problem["title"].get(title)) return std::string(body.substr(0, 200));
  if (problem["detail"].get(detail)) return std::string(title);
  return std::string(title) + ", " + std::string(detail);
}

std::string json_line(const http::stream_event& event, outcome what, const watch_table& table) {
  std::string out = "{\"event\":";
  append_json_string(out, event.name);
  if (event.has_id) {
    out += ",\"id\":";
    append_json_string(out, event.id);
  }
  out += ",\"data\":";
  if (is_json(event.data)) {
    out += one_line(event.data);
  } else {
    append_json_string(out, event.data);
  }
  const bool told = what == outcome::proof && event.data.find("\"checksum\"") != std::string_view::npos;
  const bool compared = table.proven() == proof::verified || table.proven() == proof::wrong;
  if (told && compared)
    out += table.proven() == proof::verified ? ",\"verified\":true" : ",\"verified\":false";
  return out + "}\n";
}

std::string plain_lines(const http::stream_event& event, outcome what, const watch_table& table) {
  const std::string name = printable(event.name);
  switch (what) {
    case outcome::rows:
      return rows_lines(event.data, table);
    case outcome::proof:
      if (event.name == "beat" && table.proven() != proof::wrong) return "";
      return name + ": " + std::to_string(table.rows().size()) + " rows, " + proof_text(table) + '\n';
    case outcome::status:
      return table.now() == watch_table::state::stale ? "stale: " + printable(table.reason()) + '\n'
                                                      : "current\n";
    case outcome::nothing:
    case outcome::forgotten:
    case outcome::moving:
    case outcome::bye:
      break;
  }
  return name + ' ' + printable_json(event.data) + '\n';
}

std::string screen(const watch_table& table, const screen_facts& facts, screen_size size) {
  constexpr std::string_view plain = "\x1b[0m", bold = "\x1b[1m", line_end = "\x1b[K\r\n";
  const std::size_t room = std::max<std::size_t>(size.lines, 6) - 5;
  grid all{{"key"}, {}};
  for (const auto& [key, row] : table.rows()) {
    if (all.rows.size() == room) break;
    add_row(all, key, row.json);
  }
  const std::vector<std::size_t> widths = widths_of(all);
  const mood now = mood_of(table);
  const std::string word = clipped(' ' + now.word + ' ', size.columns);
  std::string out = "\x1b[H";
  out += std::string(now.colour) + word + std::string(plain);
  out += clipped(facts_text(table, facts), size.columns - letters(word)) + std::string(line_end);
  out += clipped(printable(facts.note), size.columns) + std::string(line_end);
  out += std::string(bold) + clipped(header_line(all, widths), size.columns) + std::string(plain) +
         std::string(line_end);
  for (const auto& row : all.rows)
    out += clipped(row_line(row, widths), size.columns) + std::string(line_end);
  const std::size_t more = table.rows().size() - all.rows.size();
  if (more > 0) out += "and " + std::to_string(more) + " more" + std::string(line_end);
  return out + "\x1b[J";
}

}  // namespace blotter::app
