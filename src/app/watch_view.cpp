#include "app/watch_view.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/json_text.hpp"

namespace blotter::app {
namespace {

using outcome = watch_table::outcome;
using proof = watch_table::proof;

constexpr std::size_t cell_letters_max = 24;
constexpr std::size_t columns_max = 64;

bool is_json(std::string_view text) {
  thread_local simdjson::dom::parser parser;
  return parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
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

constexpr std::string_view plain = "\x1b[0m", bold = "\x1b[1m", dim = "\x1b[2m", line_end = "\x1b[K\r\n";
constexpr milliseconds flash{1'000};  ///< for which a changed cell is coloured

std::vector<std::size_t> widths_of(const std::vector<screen::line>& lines, const column_names& columns) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns.size(); ++i) widths.push_back(letters(columns.name(i)));
  for (const auto& one : lines) {
    widths.resize(std::max(widths.size(), one.cells.size()));
    for (std::size_t i = 0; i < one.cells.size(); ++i)
      widths[i] = std::max(widths[i], letters(one.cells[i].text));
  }
  return widths;
}

/// The names stand as the numbers under them do.
std::string header_line(const std::vector<screen::line>& lines, const column_names& columns,
                        const std::vector<std::size_t>& widths) {
  std::string out;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool number = std::any_of(lines.begin(), lines.end(), [i](const auto& one) {
      return i < one.cells.size() && one.cells[i].number;
    });
    out += (i == 0 ? "" : "  ") + padded({columns.name(i), number}, widths[i]);
  }
  return out;
}

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end ? std::optional(number) : std::nullopt;
}

screen::direction direction_of(const std::string& before, const cell& after) {
  const auto from = number_of(before), to = number_of(after.text);
  if (!after.number || !from || !to || *from == *to) return screen::direction::none;
  return *from < *to ? screen::direction::up : screen::direction::down;
}

/// Cyan and yellow: what is told apart by nearly every eye, and on dark and light.
std::string_view colour_of(screen::direction way) {
  switch (way) {
    case screen::direction::up:
      return "\x1b[1;36m";
    case screen::direction::down:
      return "\x1b[1;33m";
    case screen::direction::none:
      break;
  }
  return bold;
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
    out += printable_json(event.data);
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

std::string screen::draw(const watch_table& table, const screen_facts& facts, screen_size size, instant now) {
  const std::size_t height = std::max<std::size_t>(size.lines, 6), body = height - 3;
  const std::size_t rows = table.rows().size(), room = rows > body ? body - 1 : rows;
  column_names columns(columns_max);
  std::vector<line> lines;
  for (auto row = table.rows().begin(); lines.size() < room; ++row)
    lines.push_back({row->first, cells_of(row->first, row->second.json, columns, cell_letters_max)});
  notice_changes(lines, columns, table.now() == watch_table::state::live, now);
  const std::vector<std::size_t> widths = widths_of(lines, columns);
  std::string out = "\x1b[H" + std::string(bold) +
                    clipped(header_line(lines, columns, widths), size.columns) + std::string(plain) +
                    std::string(line_end);
  out += live_ ? "" : dim;
  for (const line& one : lines)
    out += row_line(one, columns, widths, size.columns, now) + std::string(line_end);
  out += live_ ? "" : plain;
  if (room < rows)
    out += clipped("and " + std::to_string(rows - room) + " more", size.columns) + std::string(line_end);
  for (std::size_t drawn = std::min(rows, body); drawn < body; ++drawn) out += line_end;
  out += clipped(printable(facts.note), size.columns) + std::string(line_end);
  const mood mood = mood_of(table);
  const std::string word = clipped(' ' + mood.word + ' ', size.columns);
  out += std::string(mood.colour) + word + std::string(plain);
  return out + clipped(facts_text(table, facts), size.columns - letters(word)) + "\x1b[K\x1b[J";
}

/// Compares what is about to be drawn with what was drawn: only while rows are live, as what comes at the
/// beginning or after a break is no change to look at.
void screen::notice_changes(const std::vector<line>& lines, const column_names& columns, bool live,
                            instant now) {
  std::map<std::string, row_memory> next;
  for (const line& one : lines) {
    const auto before = drawn_.find(one.key);
    row_memory& row = next[one.key];
    for (std::size_t i = 1; i < one.cells.size(); ++i) {
      const std::string& name = columns.name(i);
      cell_memory& cell = row[name];
      if (before != drawn_.end() && before->second.contains(name)) {
        cell = before->second[name];
        if (live && live_ && cell.text != one.cells[i].text)
          cell = {{}, direction_of(cell.text, one.cells[i]), now + flash};
      }
      cell.text = one.cells[i].text;
    }
  }
  drawn_ = std::move(next);
  live_ = live;
}

std::string screen::row_line(const line& one, const column_names& columns,
                             const std::vector<std::size_t>& widths, std::size_t width, instant now) const {
  const row_memory& row = drawn_.at(one.key);
  std::string out;
  for (std::size_t i = 0; i < one.cells.size() && width > 0; ++i) {
    const std::string text = clipped((i == 0 ? "" : "  ") + padded(one.cells[i], widths[i]), width);
    width -= letters(text);
    const auto memory = row.find(columns.name(i));
    const bool lit = live_ && i > 0 && memory != row.end() && now < memory->second.until;
    out += lit ? std::string(colour_of(memory->second.way)) + text + std::string(plain) : text;
  }
  return out;
}

}  // namespace blotter::app
