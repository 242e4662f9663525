#pragma once

#include <string>
#include <string_view>

#include "app/watch_table.hpp"
#include "base/time.hpp"
#include "http/event_parser.hpp"

/// What `blotter watch` writes, as text. Pure. Nothing that a server sends reaches the terminal as a control
/// character.
namespace blotter::app {

/// `text` in one line: what a terminal would obey is escaped.
std::string printable(std::string_view text);

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

/// The whole screen, to be written over the last one: the status line, column names, rows in the order of
/// their keys; as many as there is room for, and how many more there are.
std::string screen(const watch_table& table, const screen_facts& facts, screen_size size);

}  // namespace blotter::app
