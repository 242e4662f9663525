#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.hpp"

/// Logging for shells: one line a fact, to stderr. Cores never log; they count, and answer. Every function
/// here may be called from any thread at any time; lines never mix. Whatever is logged may be hostile:
/// nothing in it can start a new line or reach the terminal as an escape sequence.
namespace blotter::log {

enum class level : std::uint8_t { debug, info, warn, error, off };
enum class format : std::uint8_t {
  text,  ///< 2026-11-22T11:12:13.123Z info kafka: caught up partition=3 offset=1842
  json,  ///< {"time":"2026-11-22T11:12:13.123Z","level":"info","area":"kafka","message":"caught
         ///< up","partition":3}
};

/// A key and a value that belong to a fact. Borrows its text: made in the call that logs it.
struct field {
  using value_type = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  template <std::convertible_to<std::string_view> Text>
  field(std::string_view name, const Text& text) : key(name), value(std::string_view(text)) {}
  field(std::string_view name, std::signed_integral auto number)
      : key(name), value(static_cast<std::int64_t>(number)) {}
  field(std::string_view name, std::unsigned_integral auto number)
      : key(name), value(static_cast<std::uint64_t>(number)) {}
  field(std::string_view name, double number) : key(name), value(number) {}
  field(std::string_view name, bool yes) : key(name), value(yes) {}
  field(std::string_view name, milliseconds duration)
      : key(name), value(static_cast<std::int64_t>(duration.count())) {}

  std::string_view key;
  value_type value;
};
using fields = std::initializer_list<field>;

/// What is written from now on, and how. Before the first call: info, text.
void configure(level lowest, format form);
/// The level of that name ("debug", "info", "warn", "error", "off"), or none.
std::optional<level> level_named(std::string_view name);

/// Whether lines of `which` are written: ask before making costly fields.
bool enabled(level which);

/// One line. `area` says who speaks ("kafka", "http"), `message` is a constant text of ours; what varies are
/// fields.
void write(level which, std::string_view area, std::string_view message, fields more = {});

inline void debug(std::string_view area, std::string_view message, fields more = {}) {
  write(level::debug, area, message, more);
}
inline void info(std::string_view area, std::string_view message, fields more = {}) {
  write(level::info, area, message, more);
}
inline void warn(std::string_view area, std::string_view message, fields more = {}) {
  write(level::warn, area, message, more);
}
inline void error(std::string_view area, std::string_view message, fields more = {}) {
  write(level::error, area, message, more);
}

/// What happens too often to log each time: at most `lines_per_second_max` lines in a second, and the next
/// line then says in `suppressed` how many were left out. One static object a place in the code:
///   static log::sample bad_record(5);
///   bad_record.warn("kafka", "record refused", {{"partition", p}, {"offset", o}});
class sample {
 public:
  /// `lines_per_second_max` at least 1.
  explicit sample(std::uint32_t lines_per_second_max) : max_(lines_per_second_max) {}

  void info(std::string_view area, std::string_view message, fields more = {}) {
    write(level::info, area, message, more);
  }
  void warn(std::string_view area, std::string_view message, fields more = {}) {
    write(level::warn, area, message, more);
  }
  void write(level which, std::string_view area, std::string_view message, fields more = {});

  /// Whether a line may be written at `now`: then how many were left out since the last, else none. Threads
  /// that meet exactly at the turn of a second may let a line too many pass; none is ever lost from the
  /// count.
  std::optional<std::uint64_t> admit(instant now);

 private:
  const std::uint32_t max_;
  std::atomic<std::int64_t> second_{-1};
  std::atomic<std::uint32_t> written_{0};
  std::atomic<std::uint64_t> suppressed_{0};
};

/// The line that `write` would write, without its line end: for tests, and for who writes lines elsewhere.
std::string line(format form, wall_time time, level which, std::string_view area, std::string_view message,
                 fields more = {});

}  // namespace blotter::log
