#include "sse/events.hpp"

#include <array>
#include <charconv>

#include "base/json_text.hpp"

namespace blotter::sse {

namespace {

constexpr std::string_view rows_head = "event: rows\ndata: [";

void begin(std::string& out, std::string_view event, std::string_view id) {
  out.append("event: ").append(event);
  if (!id.empty()) out.append("\nid: ").append(id);
  out.append("\ndata: ");
}

void append_proof(std::string& out, const proof& shown) {
  out.append("\"count\":");
  append_number(out, static_cast<std::int64_t>(shown.count));
  out.append(",\"checksum\":\"");
  append_checksum(out, shown.sum);
  out.push_back('"');
}

void append_hello(std::string& out, std::string_view member, std::string_view rest, std::string_view reason,
                  std::chrono::seconds beat, wall_time time) {
  begin(out, "hello", {});
  out.append("{\"protocol\":");
  append_number(out, protocol_version);
  out.append(",\"member\":");
  append_json_string(out, member);
  out.append(rest);
  if (!reason.empty()) {
    out.append(",\"reason\":");
    append_json_string(out, reason);
  }
  out.append(",\"beat\":");
  append_number(out, beat.count());
  out.append(",\"time\":");
  append_number(out, time.time_since_epoch().count());
  out.append("}\n\n");
}

}  // namespace

std::string_view name(reset_reason reason) {
  constexpr std::array<std::string_view, 6> names{"generation", "horizon", "future",
                                                  "malformed",  "behind",  "node"};
  return names[static_cast<std::size_t>(reason)];
}

std::string_view name(freshness state) {
  constexpr std::array<std::string_view, 5> names{"current", "loading", "feed", "router", "node"};
  return names[static_cast<std::size_t>(state)];
}

std::string_view name(bye_reason reason) {
  return reason == bye_reason::shutdown ? "shutdown" : "overload";
}

void append_number(std::string& out, std::int64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_checksum(std::string& out, const table::checksum& sum) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out.push_back(digits[(sum.value() >> shift) & 15]);
}

void append_retry(std::string& out, milliseconds delay) {
  out.append("retry: ");
  append_number(out, delay.count());
  out.append("\n\n");
}

void append_hello_resumed(std::string& out, std::string_view member, std::chrono::seconds beat,
                          wall_time time) {
  append_hello(out, member, ",\"resumed\":true", {}, beat, time);
}

void append_hello_fresh(std::string& out, std::string_view member, std::string_view reason,
                        std::chrono::seconds beat, wall_time time) {
  append_hello(out, member, ",\"resumed\":false", reason, beat, time);
}

void append_reset(std::string& out, reset_reason reason, std::string_view text) {
  // An empty id: what a browser remembers of before the reset must not come back with the rows gone.
  out.append("event: reset\nid: \ndata: ");
  out.append("{\"reason\":\"").append(name(reason)).append("\",\"text\":");
  append_json_string(out, text);
  out.append("}\n\n");
}

void append_live(std::string& out, std::string_view id, const proof& shown) {
  begin(out, "live", id);
  out.push_back('{');
  append_proof(out, shown);
  out.append("}\n\n");
}

void append_beat(std::string& out, std::string_view id, wall_time time, milliseconds lag,
                 const proof* shown) {
  begin(out, "beat", id);
  out.append("{\"time\":");
  append_number(out, time.time_since_epoch().count());
  out.append(",\"lag\":");
  append_number(out, lag.count());
  if (shown) {
    out.push_back(',');
    append_proof(out, *shown);
  }
  out.append("}\n\n");
}

void append_status(std::string& out, freshness state, std::string_view text) {
  begin(out, "status", {});
  if (state == freshness::current) {
    out.append("{\"state\":\"current\"}\n\n");
    return;
  }
  out.append("{\"state\":\"stale\",\"reason\":\"").append(name(state)).append("\",\"text\":");
  append_json_string(out, text);
  out.append("}\n\n");
}

void append_moving(std::string& out, std::string_view id) {
  begin(out, "moving", id);
  out.append("{\"reason\":\"drain\"}\n\n");
}

void append_bye(std::string& out, std::string_view id, bye_reason reason, bool reconnect) {
  begin(out, "bye", id);
  out.append("{\"code\":");
  append_number(out, static_cast<std::int64_t>(reason));
  out.append(",\"reason\":\"").append(name(reason)).append("\",\"reconnect\":");
  out.append(reconnect ? "true}\n\n" : "false}\n\n");
}

void begin_rows(std::string& out) {
  out.append(rows_head);
}

void append_row(std::string& out, const table::row_view& row) {
  if (out.back() != '[') out.push_back(',');
  out.append("{\"key\":");
  append_json_string(out, row.content.key());
  out.append(",\"v\":[");
  append_number(out, row.at.partition);
  out.push_back(',');
  append_number(out, row.at.offset);
  if (row.kind == table::change_kind::erase) {
    out.append("],\"deleted\":true}");
  } else {
    out.append("],\"row\":").append(row.content.value());
    out.push_back('}');
  }
}

void end_rows(std::string& out, std::string_view id) {
  out.append("]\n");
  if (!id.empty()) out.append("id: ").append(id).push_back('\n');
  out.push_back('\n');
}

}  // namespace blotter::sse
