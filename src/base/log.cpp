#include "base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <memory>
#include <vector>

#include "base/check.hpp"
#include "base/json_text.hpp"

namespace blotter::log {
namespace {

constexpr std::array<std::string_view, 5> level_names = {"debug", "info", "warn", "error", "off"};
constexpr std::array spdlog_levels = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                      spdlog::level::err, spdlog::level::off};

std::string_view name_of(level which) {
  return level_names[static_cast<std::size_t>(which)];
}

std::atomic<format> current_format{format::text};

spdlog::logger& logger() {
  // Never destroyed: threads may log until the very end of the process.
  static spdlog::logger& only = [&]() -> spdlog::logger& {
    auto* made = new spdlog::logger("blotter", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    return *made;
  }();
  return only;
}

/// Plain words as they are; what could be misread is quoted.
void append_text_value(std::string& out, std::string_view text) {
  bool plain = !text.empty();
  for (const char c : text) plain = plain && c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
  if (plain) {
    out += text;
  } else {
    append_json_string(out, text);
  }
}

void append_number(std::string& out, auto number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_value(std::string& out, const field::value_type& value, format form) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    form == format::json ? append_json_string(out, *text) : append_text_value(out, *text);
  } else if (const auto* yes = std::get_if<bool>(&value)) {
    out += *yes ? "true" : "false";
  } else if (const auto* real = std::get_if<double>(&value)) {
    if (std::isfinite(*real)) {
      append_number(out, *real);
    } else {
      out += "null";
    }
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    append_number(out, *whole);
  } else {
    append_number(out, std::get<std::uint64_t>(value));
  }
}

void append_padded(std::string& out, int number, std::size_t width) {
  const std::string digits = std::to_string(number);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

/// RFC 3339, UTC, milliseconds.
void append_time(std::string& out, wall_time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  append_padded(out, int(date.year()), 4);
  out += '-';
  append_padded(out, static_cast<int>(unsigned(date.month())), 2);
  out += '-';
  append_padded(out, static_cast<int>(unsigned(date.day())), 2);
  out += 'T';
  append_padded(out, static_cast<int>(clock.hours().count()), 2);
  out += ':';
  append_padded(out, static_cast<int>(clock.minutes().count()), 2);
  out += ':';
  append_padded(out, static_cast<int>(clock.seconds().count()), 2);
  out += '.';
  append_padded(out, static_cast<int>(clock.subseconds().count()), 3);
  out += 'Z';
}

struct fact {
  level which;
  std::string_view area;
  std::string_view message;
  fields more;
  std::uint64_t suppressed;
};

std::string text_line(wall_time time, const fact& what) {
  std::string out;
  append_time(out, time);
  out += ' ';
  out += name_of(what.which);
  out += ' ';
  append_json_escaped(out, what.area);
  out += ": ";
  append_json_escaped(out, what.message);
  const auto add = [&out](const field& one) {
    out += ' ';
    out += one.key;
    out += '=';
    append_value(out, one.value, format::text);
  };
  for (const field& one : what.more) add(one);
  if (what.suppressed > 0) add({"suppressed", what.suppressed});
  return out;
}

std::string json_line(wall_time time, const fact& what) {
  std::string out = "{\"time\":\"";
  append_time(out, time);
  out += '"';
  const auto add = [&out](const field& one) {
    out += ',';
    append_json_string(out, one.key);
    out += ':';
    append_value(out, one.value, format::json);
  };
  add({"level", name_of(what.which)});
  add({"area", what.area});
  add({"message", what.message});
  for (const field& one : what.more) add(one);
  if (what.suppressed > 0) add({"suppressed", what.suppressed});
  out += '}';
  return out;
}

std::string formatted(format form, wall_time time, const fact& what) {
  return form == format::json ? json_line(time, what) : text_line(time, what);
}

void write_fact(const fact& what) {
  const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  logger().log(spdlog_levels[static_cast<std::size_t>(what.which)],
               formatted(current_format.load(std::memory_order_relaxed), now, what));
}

}  // namespace

void configure(level lowest, format form) {
  logger().set_level(spdlog_levels[static_cast<std::size_t>(lowest)]);
  current_format = form;
}

std::optional<level> level_named(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (level_names[i] == name) return static_cast<level>(i);
  }
  return std::nullopt;
}

bool enabled(level which) {
  return logger().should_log(spdlog_levels[static_cast<std::size_t>(which)]);
}

void write(level which, std::string_view area, std::string_view message, fields more) {
  check(which != level::off);
  if (enabled(which)) write_fact({which, area, message, more, 0});
}

void sample::write(level which, std::string_view area, std::string_view message, fields more) {
  check(which != level::off);
  if (!enabled(which)) return;
  if (const auto suppressed = admit(std::chrono::steady_clock::now())) {
    write_fact({which, area, message, more, *suppressed});
  }
}

std::optional<std::uint64_t> sample::admit(instant now) {
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  std::int64_t seen = second_.load();
  if (seen < second && second_.compare_exchange_strong(seen, second)) written_ = 0;
  if (written_.load() < max_ && written_.fetch_add(1) < max_) return suppressed_.exchange(0);
  suppressed_.fetch_add(1);
  return std::nullopt;
}

std::string line(format form, wall_time time, level which, std::string_view area, std::string_view message,
                 fields more) {
  return formatted(form, time, {which, area, message, more, 0});
}

}  // namespace blotter::log
