#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/watch_cells.hpp"
#include "app/watch_table.hpp"
#include "base/time.hpp"
#include "http/event_parser.hpp"

/// What `blotter watch` writes, as text. Pure. Nothing that a server sends reaches the terminal as a control
/// character.
namespace blotter::app {

/// What a refusal of the server says to people: title and detail of problem JSON (RFC 9457), else the body
/// itself, cut short.
std::string problem_text(std::string_view body);

/// `{"event":"rows","id":"…","data":…}`: the event as it came, on one line. `id` only where it came with this
/// event;
/// `"verified":true` or false where `table`, which has taken the event, could compare count and checksum.
/// Data that is no JSON becomes a text.
std::string json_line(const http::stream_event& event, watch_table::outcome what, const watch_table& table);

/// The event in lines for people, each with its end; empty for what does not interest them (a good beat).
std::string plain_lines(const http::stream_event& event, watch_table::outcome what, const watch_table& table);

/// "checksum 9f86d081884c7d65 verified", or what else there is to say of it.
std::string proof_text(const watch_table& table);

/// What the screen tells besides the table.
struct screen_facts {
  std::string client;
  double changes_per_second = 0;
  milliseconds since_beat{};  ///< since anything was heard last
  bool heard = false;         ///< whether anything was
  std::string note{};         ///< what happened to the connection last; may be empty
};
struct screen_size {
  std::size_t lines = 24;
  std::size_t columns = 80;
};

/// Draws the whole screen, each time to be written over the last one: column names, rows in the order of
/// their keys, as many as there is room for, and how many more there are; at the bottom what happened last
/// and the state. Cells that changed while the rows were live are coloured for a second, by direction.
/// Remembers the cells in sight.
class screen {
 public:
  enum class direction : std::uint8_t { none, up, down };
  struct line {
    std::string key;
    std::vector<cell> cells;
  };

  std::string draw(const watch_table& table, const screen_facts& facts, screen_size size, instant now);

 private:
  struct cell_memory {
    std::string text;
    direction way = direction::none;
    instant until{};  ///< coloured
  };
  using row_memory = std::map<std::string, cell_memory>;  ///< by column

  void notice_changes(const std::vector<line>& lines, const column_names& columns, bool live, instant now);
  std::string row_line(const line& one, const column_names& columns, const std::vector<std::size_t>& widths,
                       std::size_t width, instant now) const;

  std::map<std::string, row_memory> drawn_;  ///< by row key
  bool live_ = false;                        ///< whether the last drawing was
};

}  // namespace blotter::app
