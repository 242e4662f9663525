#include "sim/event_reader.hpp"

#include <charconv>

namespace blotter::sim {

bool event_reader::take(std::string_view bytes, std::vector<stream_event>& out) {
  rest_.append(bytes);
  std::size_t from = 0;
  for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', from)) {
    if (!line(std::string_view(rest_).substr(from, end - from), out)) return false;
    from = end + 1;
  }
  rest_.erase(0, from);
  return true;
}

bool event_reader::line(std::string_view text, std::vector<stream_event>& out) {
  if (text.empty()) {
    if (any_ && !event_.name.empty()) out.push_back(std::move(event_));
    event_ = {};
    any_ = false;
    return true;
  }
  any_ = true;
  const auto colon = text.find(": ");
  if (colon == std::string_view::npos) return false;
  const std::string_view field = text.substr(0, colon);
  const std::string_view value = text.substr(colon + 2);
  if (field == "event")
    event_.name = value;
  else if (field == "data")
    event_.data = value;
  else if (field == "id")
    event_.id = value;
  else if (field != "retry")
    return false;
  return true;
}

namespace {

/// Reads JSON off the front of a text, strictly; once something is wrong it stays so.
class json_front {
 public:
  explicit json_front(std::string_view text) : left_(text) {}

  bool literal(std::string_view expected) {
    if (!left_.starts_with(expected)) return fail();
    left_.remove_prefix(expected.size());
    return true;
  }
  bool at(char c) const { return !left_.empty() && left_.front() == c; }
  bool string(std::string& out) {
    if (!literal("\"")) return false;
    while (!at('"')) {
      if (left_.size() < 2) return fail();
      if (at('\\')) {
        left_.remove_prefix(1);
        if (!at('"') && !at('\\')) return fail();
      }
      out.push_back(left_.front());
      left_.remove_prefix(1);
    }
    return literal("\"");
  }
  template <class Number>
  bool number(Number& out) {
    const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), out);
    if (error != std::errc{}) return fail();
    left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
    return true;
  }
  /// An object without inner objects.
  bool object(std::string& out) {
    const auto end = left_.find('}');
    if (!at('{') || end == std::string_view::npos) return fail();
    out = left_.substr(0, end + 1);
    left_.remove_prefix(end + 1);
    return true;
  }
  bool empty() const { return left_.empty(); }

 private:
  bool fail() {
    left_ = {};
    return false;
  }
  std::string_view left_;
};

}  // namespace

bool read_rows(std::string_view data, std::vector<told_row>& out) {
  json_front json(data);
  if (!json.literal("[")) return false;
  for (bool first = true; first || json.at(','); first = false) {
    if (!first && !json.literal(",")) return false;
    told_row one;
    if (!json.literal("{\"key\":") || !json.string(one.key) || !json.literal(",\"v\":[") ||
        !json.number(one.partition) || !json.literal(",") || !json.number(one.offset) || !json.literal("],"))
      return false;
    if (json.at('"') && data.size() > 0) {
      json_front probe = json;
      one.deleted = probe.literal("\"deleted\":true}");
      if (one.deleted)
        json = probe;
      else if (!json.literal("\"row\":") || !json.object(one.value) || !json.literal("}"))
        return false;
    }
    out.push_back(std::move(one));
  }
  return json.literal("]") && json.empty();
}

namespace {

std::string_view after_name(std::string_view object, std::string_view name) {
  const std::string wanted = "\"" + std::string(name) + "\":";
  const auto at = object.find(wanted);
  return at == std::string_view::npos ? std::string_view() : object.substr(at + wanted.size());
}

}  // namespace

std::optional<std::string> text_member(std::string_view object, std::string_view name) {
  std::string text;
  json_front json(after_name(object, name));
  if (!json.string(text)) return std::nullopt;
  return text;
}

std::optional<std::int64_t> number_member(std::string_view object, std::string_view name) {
  std::int64_t number = 0;
  json_front json(after_name(object, name));
  if (!json.number(number)) return std::nullopt;
  return number;
}

}  // namespace blotter::sim
