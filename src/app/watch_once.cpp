#include "app/watch_once.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "app/watch_cells.hpp"
#include "app/watch_view.hpp"
#include "base/json_text.hpp"

namespace blotter::app {
namespace {

constexpr std::size_t letters_max = 60;
constexpr std::size_t columns_max = 1001;  // as many fields as a server lets a row have, and the key
constexpr std::size_t piece_bytes = 64 << 10;

/// Gathers lines, so that a table is written in few pieces.
class pieces {
 public:
  explicit pieces(const text_sink& write) : write_(write) {}
  ~pieces() { write_(gathered_); }
  pieces(const pieces&) = delete;
  pieces& operator=(const pieces&) = delete;

  void add(std::string_view text) {
    gathered_ += text;
    if (gathered_.size() < piece_bytes) return;
    write_(gathered_);
    gathered_.clear();
  }

 private:
  const text_sink& write_;
  std::string gathered_;
};

struct column {
  std::size_t width = 0;
  bool number = false;  ///< whether its name stands at the right, as the numbers under it do
};

std::string line_of(const std::vector<cell>& cells, const std::vector<column>& columns) {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i)
    out += (i == 0 ? "" : "  ") + padded(cells[i], columns[i].width);
  out.erase(out.find_last_not_of(' ') + 1);
  return out + '\n';
}

/// One pass over all rows, to know how wide each column is.
std::vector<column> measure(const watch_table& table, column_names& names) {
  std::vector<column> columns;
  for (const auto& [key, row] : table.rows()) {
    const auto cells = cells_of(key, row.json, names, letters_max);
    columns.resize(std::max(columns.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      columns[i].width = std::max(columns[i].width, letters(cells[i].text));
      columns[i].number = columns[i].number || cells[i].number;
    }
  }
  columns.resize(std::max(columns.size(), names.size()));
  for (std::size_t i = 0; i < names.size(); ++i)
    columns[i].width = std::max(columns[i].width, letters(names.name(i)));
  return columns;
}

std::string state_line(const watch_table& table) {
  const std::size_t count = table.rows().size();
  const std::string out =
      "live: " + std::to_string(count) + (count == 1 ? " row, " : " rows, ") + proof_text(table);
  return out + (table.member().empty() ? "" : ", " + printable(table.member())) + '\n';
}

}  // namespace

void write_table(const watch_table& table, const text_sink& write) {
  pieces out(write);
  column_names names(columns_max);
  const std::vector<column> columns = measure(table, names);
  if (!table.rows().empty()) {
    std::vector<cell> heads;
    for (std::size_t i = 0; i < names.size(); ++i) heads.push_back({names.name(i), columns[i].number});
    out.add(line_of(heads, columns));
  }
  for (const auto& [key, row] : table.rows())
    out.add(line_of(cells_of(key, row.json, names, letters_max), columns));
  if (names.overflowed())
    out.add("(only the first " + std::to_string(columns_max - 1) + " fields; --json has all)\n");
  out.add(state_line(table));
}

void write_document(const watch_table& table, std::string_view client, const text_sink& write) {
  pieces out(write);
  std::string text = "{\"client\":";
  append_json_string(text, client);
  text += ",\"member\":";
  append_json_string(text, table.member());
  text += ",\"count\":" + std::to_string(table.rows().size()) + ",\"checksum\":\"" + table.checksum();
  text += table.proven() == watch_table::proof::verified ? "\",\"verified\":true" : "\",\"verified\":false";
  text += ",\"bookmark\":";
  append_json_string(text, table.bookmark());
  text += ",\"rows\":[";
  std::string_view before = "\n";
  for (const auto& [key, row] : table.rows()) {
    text += before;
    text += "{\"key\":";
    append_json_string(text, key);
    text += ",\"v\":[" + std::to_string(row.version.partition) + ',' + std::to_string(row.version.offset);
    text += "],\"row\":" + printable_json(row.json) + '}';
    out.add(text);
    text.clear();
    before = ",\n";
  }
  out.add(text + (table.rows().empty() ? "]}\n" : "\n]}\n"));
}

}  // namespace blotter::app
