#include "sse/skim.hpp"

namespace blotter::sse {

namespace {

/// The value of a field's line, without the one blank that may stand before it; none for other lines.
std::optional<std::string_view> value_of(std::string_view line, std::string_view field) {
  if (!line.starts_with(field)) return std::nullopt;
  line.remove_prefix(field.size());
  if (line.empty()) return line;
  if (line.front() != ':') return std::nullopt;
  line.remove_prefix(line.starts_with(": ") ? 2 : 1);
  return line;
}

enum class kind : std::uint8_t { other, hello, reset, rows, live, status };

kind kind_of(std::string_view name) {
  if (name == "rows") return kind::rows;
  if (name == "live") return kind::live;
  if (name == "status") return kind::status;
  if (name == "reset") return kind::reset;
  return name == "hello" ? kind::hello : kind::other;
}

/// One event's lines, until the blank one.
struct event {
  kind what = kind::other;
  std::optional<std::string_view> id = {};
  std::string_view data = {};  ///< its last line

  void read(std::string_view line) {
    switch (line.front()) {
      case 'e':
        if (const auto name = value_of(line, "event")) what = kind_of(*name);
        break;
      case 'i':
        if (const auto value = value_of(line, "id")) id = value;
        break;
      case 'd':
        if (const auto value = value_of(line, "data")) data = *value;
        break;
      default:
        break;
    }
  }
};

void follow(skimmed& all, const event& one) {
  if (one.what == kind::hello) all.hello = true;
  if (one.what == kind::reset) all.reset = true;
  if (one.what == kind::hello || one.what == kind::reset) all.live = false;
  if (one.what == kind::live) all.live = true;
  if (one.what == kind::rows) all.rows = true;
  if (one.what == kind::status)
    all.status =
        one.data.starts_with("{\"state\":\"current\"") ? skimmed::told::current : skimmed::told::stale;
  if (!one.id) return;
  all.last_id = one.id;
  all.rows = false;  // they are what the id stands for, or gone with a reset
}

}  // namespace

skimmed skim(std::string_view text) {
  skimmed all;
  if (!text.ends_with("\n\n") && text != "\n") return all;
  all.whole = true;
  event one;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');  // there is one: the text ends so
    if (end == 0) {
      follow(all, one);
      one = {};
    } else {
      one.read(text.substr(0, end));
    }
    text.remove_prefix(end + 1);
  }
  return all;
}

}  // namespace blotter::sse
