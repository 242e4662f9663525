#include "http/event_parser.hpp"

#include <algorithm>
#include <charconv>

namespace blotter::http {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

class event_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "event stream"; }
  std::string message(int code) const override {
    switch (static_cast<event_errc>(code)) {
      case event_errc::line_too_long:
        return "a line of the stream is too long";
      case event_errc::event_too_long:
        return "an event of the stream is too long";
    }
    return "unknown";
  }
};

/// Where the first line end is, or the size of `bytes`.
std::size_t line_length(std::string_view bytes) {
  const std::size_t feed = std::min(bytes.find('\n'), bytes.size());
  return std::min(bytes.substr(0, feed).find('\r'), feed);
}

std::optional<milliseconds> retry_in(std::string_view digits) {
  std::uint32_t ms = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), ms);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return milliseconds(ms);
}

}  // namespace

error_code make_error_code(event_errc code) {
  static const event_category category;
  return {static_cast<int>(code), category};
}

result<std::optional<stream_event>> event_parser::next(std::string_view& bytes) {
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_cr_ = false;
    const std::size_t length = line_length(bytes);
    if (line_.size() + length > bounds_.line_size_max) return event_errc::line_too_long;
    if (length == bytes.size()) {
      line_ += bytes;
      bytes = {};
      break;
    }
    std::string_view line = bytes.substr(0, length);
    if (!line_.empty()) line = line_.append(line);
    after_cr_ = bytes[length] == '\r';
    bytes.remove_prefix(length + 1);
    const line_outcome outcome = take_line(line);
    line_.clear();
    if (outcome == line_outcome::event_too_long) return event_errc::event_too_long;
    if (outcome == line_outcome::event_ended) return stream_event{done_name_, done_data_, id_, done_has_id_};
  }
  return std::nullopt;
}

event_parser::line_outcome event_parser::take_line(std::string_view line) {
  if (first_line_ && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  first_line_ = false;
  if (line.empty()) return dispatch();
  const std::size_t colon = std::min(line.find(':'), line.size());
  std::string_view value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  return take_field(line.substr(0, colon), value);
}

event_parser::line_outcome event_parser::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (data_.size() + value.size() > bounds_.event_size_max) return line_outcome::event_too_long;
    data_ += value;
    data_ += '\n';
  } else if (name == "event") {
    name_ = value;
  } else if (name == "id") {
    if (value.find('\0') != std::string_view::npos) return line_outcome::goes_on;
    id_ = value;
    has_id_ = true;
  } else if (name == "retry") {
    if (const auto asked = retry_in(value)) retry_ = asked;
  }
  return line_outcome::goes_on;  // a comment, or a field that nobody knows yet
}

/// Events without data are dropped, but keep their id.
event_parser::line_outcome event_parser::dispatch() {
  const bool whole = !data_.empty();
  if (whole) {
    data_.pop_back();
    std::swap(done_data_, data_);
    done_name_ = name_.empty() ? "message" : name_;
    done_has_id_ = has_id_;
  }
  name_.clear();
  data_.clear();
  has_id_ = false;
  return whole ? line_outcome::event_ended : line_outcome::goes_on;
}

}  // namespace blotter::http
