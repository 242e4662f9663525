#include "http/request.hpp"

#include <algorithm>
#include <charconv>

#include "http/percent.hpp"

namespace blotter::http {
namespace {

problem bad(std::string detail) {
  return {400, std::move(detail)};
}

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
}

bool same_name(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

/// Proxies may send "http://host/path" (RFC 9112, 3.2.2): only the path matters here.
std::string_view without_authority(std::string_view target) {
  const auto colon = target.find("://");
  if (target.starts_with('/') || colon == std::string_view::npos) return target;
  const auto path = target.find_first_of("/?", colon + 3);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

}  // namespace

or_problem<query> query::parse(std::string_view text) {
  query parsed;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto sign = pair.find('=');
    if (sign == std::string_view::npos) return bad("The query must consist of name=value pairs.");
    auto name = percent_decode(pair.substr(0, sign), plus::is_blank);
    auto value = percent_decode(pair.substr(sign + 1), plus::is_blank);
    if (!name || !value) {
      return bad("The query has a % without two hexadecimal digits, a control character, or is not UTF-8.");
    }
    if (parsed.find(*name)) return bad("The query has " + *name + " twice.");
    if (parsed.values_.size() == size_max) return bad("The query has more than 32 values.");
    parsed.values_.push_back({std::move(*name), std::move(*value)});
  }
  return parsed;
}

std::optional<std::string_view> query::find(std::string_view name) const {
  for (const named_value& each : values_)
    if (each.name == name) return each.value;
  return std::nullopt;
}

or_problem<std::uint32_t> query::number(std::string_view name, std::uint32_t min, std::uint32_t max,
                                        std::uint32_t otherwise) const {
  const auto given = find(name);
  if (!given) return otherwise;
  std::uint32_t value = 0;
  const auto [end, failed] = std::from_chars(given->data(), given->data() + given->size(), value);
  if (failed != std::errc() || end != given->data() + given->size() || value < min || value > max) {
    return bad(std::string(name) + " must be a whole number from " + std::to_string(min) + " to " +
               std::to_string(max) + ".");
  }
  return value;
}

or_problem<void> query::only(std::initializer_list<std::string_view> known) const {
  for (const named_value& each : values_)
    if (std::find(known.begin(), known.end(), each.name) == known.end())
      return bad("There is no query value " + each.name + " here.");
  return {};
}

std::string_view request::header(std::string_view name) const {
  for (const named_value& each : headers)
    if (same_name(each.name, name)) return each.value;
  return {};
}

or_problem<void> read_target(std::string_view target, request& into) {
  into.target = target;
  target = without_authority(target);
  const auto mark = std::min(target.find('?'), target.size());
  std::string_view path = target.substr(0, mark);
  if (!path.starts_with('/')) return bad("The path must begin with a slash.");
  auto parameters = query::parse(target.substr(std::min(mark + 1, target.size())));
  if (!parameters) return std::move(parameters).error();
  into.parameters = std::move(*parameters);
  do {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    auto segment = percent_decode(path.substr(0, end), plus::is_plus);
    if (!segment) {
      return bad("The path has a % without two hexadecimal digits, a control character, or is not UTF-8.");
    }
    into.path.push_back(std::move(*segment));
    path.remove_prefix(end);
  } while (!path.empty());
  return {};
}

or_problem<events_query> read_events_query(const request& asked) {
  if (auto known = asked.parameters.only({"bookmark", "beat", "ticket"}); !known) return known.error();
  const auto beat = asked.parameters.number("beat", 1, 30, 0);
  if (!beat) return beat.error();
  std::string_view bookmark = asked.header("Last-Event-ID");
  if (bookmark.empty()) bookmark = asked.parameters.find("bookmark").value_or("");
  return events_query{bookmark, *beat};
}

or_problem<clients_query> read_clients_query(const request& asked) {
  if (auto known = asked.parameters.only({"prefix", "after", "limit"}); !known) return known.error();
  const auto limit = asked.parameters.number("limit", 1, 1000, 100);
  if (!limit) return limit.error();
  return clients_query{asked.parameters.find("prefix").value_or(""),
                       asked.parameters.find("after").value_or(""), *limit};
}

}  // namespace blotter::http
