#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace blotter::http {

/// One server-sent event. Borrows the parser's text until the next call.
struct stream_event {
  std::string_view name;  ///< "message" where the stream gave none
  std::string_view data;  ///< its data lines, joined by LF
  std::string_view id;    ///< the last id that came, with this event or before it
  bool has_id = false;    ///< whether the id came with this very event
};

enum class event_errc {
  line_too_long = 1,  ///< a line of the stream is longer than its limit
  event_too_long,     ///< the data of one event is longer than its limit
};
error_code make_error_code(event_errc code);

/// Reads `text/event-stream` (WHATWG HTML, 9.2.6) from bytes cut anywhere. Pure; holds at most a line and the
/// data of one event. An event whose blank line never comes is never given.
class event_parser {
 public:
  /// A `rows` event carries a whole table in one line, so both are wide by default.
  struct limits {
    std::size_t line_size_max = 64u << 20;   ///< bytes, without the line end
    std::size_t event_size_max = 64u << 20;  ///< bytes of joined data
  };

  event_parser() : event_parser(limits{}) {}
  explicit event_parser(limits bounds) : bounds_(bounds) {}

  /// Takes bytes from the front of `bytes` until an event is whole, and gives it; none when all are taken.
  /// Call again until then, or the rest is lost. After an error the stream is of no use any more.
  result<std::optional<stream_event>> next(std::string_view& bytes);

  /// The last `retry:` that came, the delay before a new connection that the server asks for.
  std::optional<milliseconds> retry() const { return retry_; }

 private:
  enum class line_outcome : std::uint8_t { goes_on, event_ended, event_too_long };

  line_outcome take_line(std::string_view line);
  line_outcome take_field(std::string_view name, std::string_view value);
  line_outcome dispatch();

  limits bounds_;
  std::string line_;                   ///< the line so far
  std::string name_, data_;            ///< of the event so far; each line of data ends in LF
  std::string id_;                     ///< the last one; survives events
  std::string done_name_, done_data_;  ///< of the event that was given last
  std::optional<milliseconds> retry_;
  bool has_id_ = false;  ///< came with the event so far
  bool done_has_id_ = false;
  bool first_line_ = true;  ///< a byte order mark may stand before it
  bool after_cr_ = false;   ///< the last byte was CR: LF right behind it belongs to it
};

}  // namespace blotter::http

template <>
struct boost::system::is_error_code_enum<blotter::http::event_errc> : std::true_type {};
