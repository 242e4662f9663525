#include "config/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace blotter::config {
namespace {

template <class... Case>
struct cases : Case... {
  using Case::operator()...;
};
template <class... Case>
cases(Case...) -> cases<Case...>;

template <class Number>
struct unit {
  std::string_view name;
  Number factor;
};
constexpr std::array<unit<std::int64_t>, 4> duration_units = {
    {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit<std::uint64_t>, 4> size_units = {
    {{"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}, {"B", 1}}};

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 80)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  out += text.size() > 80 ? "...\"" : "\"";
  return out;
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string real_text(double number) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr};
}

/// A number and its unit: {1.5, "s"}. No sign, no exponent.
struct measure {
  double number;
  std::string_view unit;
};
std::optional<measure> measure_in(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = number_in<double>(text.substr(0, digits));
  if (!number) return std::nullopt;
  return measure{*number, text.substr(digits)};
}

problem_text refused(std::string_view text, const type& is) {
  const std::string range = allowed(is);
  return {quoted(text) + " is no " + type_name(is) + (range.empty() ? "" : "; allowed: " + range)};
}

template <class Number, class Type>
parsed ranged(std::string_view text, Number number, const Type& is) {
  if (number < is.min || number > is.max) {
    return problem_text{quoted(text) + " is out of range; allowed: " + allowed(is)};
  }
  return value(number);
}

parsed parse_text(const text_type& is, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return problem_text{"a text cannot hold a NUL"};
  if (is.refuse) {
    if (auto wrong = is.refuse(text)) return problem_text{quoted(text) + ": " + *wrong};
  }
  return value(std::string(text));
}

parsed parse_duration(const duration_type& is, std::string_view text) {
  const auto given = measure_in(text);
  if (!given) return refused(text, is);
  if (given->unit.empty() && given->number > 0) {
    const std::string number(text);
    return problem_text{quoted(text) + " lacks a unit: " + number + "ms, " + number + "s, " + number +
                        "m or " + number + "h; allowed: " + allowed(is)};
  }
  double factor = given->unit.empty() ? 1 : 0;
  for (const auto& one : duration_units) {
    if (one.name == given->unit) factor = static_cast<double>(one.factor);
  }
  if (factor == 0) return refused(text, is);
  const double whole = std::round(given->number * factor);
  if (whole > 1e15) return refused(text, is);
  return ranged(text, milliseconds(static_cast<std::int64_t>(whole)), is);
}

parsed parse_size(const size_type& is, std::string_view text) {
  const auto given = measure_in(text);
  if (!given) return refused(text, is);
  double factor = given->unit.empty() ? 1 : 0;
  for (const auto& one : size_units) {
    if (one.name == given->unit) factor = static_cast<double>(one.factor);
  }
  const double bytes = given->number * factor;
  if (factor == 0 || bytes > 1e15 || bytes != std::floor(bytes)) return refused(text, is);
  return ranged(text, static_cast<std::uint64_t>(bytes), is);
}

parsed parse_choice(const choice_type& is, std::string_view text) {
  if (std::find(is.choices.begin(), is.choices.end(), text) != is.choices.end())
    return value(std::string(text));
  const std::string meant = nearest(text, is.choices);
  return problem_text{quoted(text) + " is none of the choices" +
                      (meant.empty() ? "" : "; did you mean " + meant + "?") + "; allowed: " + allowed(is)};
}

parsed parse_boolean(const boolean_type& is, std::string_view text) {
  if (text == "true" || text == "yes" || text == "on" || text == "1") return value(true);
  if (text == "false" || text == "no" || text == "off" || text == "0") return value(false);
  return refused(text, is);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    std::string_view item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty()) items.emplace_back(item);
  }
  return items;
}

template <class Number, std::size_t N>
std::string with_unit(Number number, const std::array<unit<Number>, N>& units, std::string_view last) {
  for (const auto& one : units) {
    if (number != 0 && number % one.factor == 0 && one.name != last) {
      return std::to_string(number / one.factor) + std::string(one.name);
    }
  }
  return std::to_string(number) + (last == "ms" ? "ms" : "");
}

std::string range_text(const std::string& min, const std::string& max, const std::string& unit) {
  return min + " to " + max + (unit.empty() ? "" : " " + unit);
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) out += between;
    out += part;
  }
  return out;
}

}  // namespace

parsed parse(const type& is, std::string_view text) {
  return std::visit(cases{[&](const text_type& of) { return parse_text(of, text); },
                          [&](const integer_type& of) {
                            const auto number = number_in<std::int64_t>(text);
                            return number ? ranged(text, *number, of) : parsed(refused(text, is));
                          },
                          [&](const real_type& of) {
                            const auto number = number_in<double>(text);
                            return number && std::isfinite(*number) ? ranged(text, *number, of)
                                                                    : parsed(refused(text, is));
                          },
                          [&](const duration_type& of) { return parse_duration(of, text); },
                          [&](const size_type& of) { return parse_size(of, text); },
                          [&](const choice_type& of) { return parse_choice(of, text); },
                          [&](const boolean_type& of) { return parse_boolean(of, text); },
                          [&](const list_type& of) { return parse_items(of, split(text, of.separator)); }},
                    is);
}

parsed parse_items(const list_type& is, const std::vector<std::string>& items) {
  for (const std::string& item : items) {
    const parsed one = parse_text({"", is.form, is.refuse}, item);
    if (const auto* wrong = std::get_if<problem_text>(&one)) return *wrong;
  }
  return value(items);
}

value default_of(const type& is) {
  return std::visit(cases{[](const list_type&) { return value(std::vector<std::string>()); },
                          [](const auto& of) { return value(of.fallback); }},
                    is);
}

std::string type_name(const type& is) {
  constexpr std::array names = {"text", "integer", "number", "duration", "size", "choice", "boolean", "list"};
  return names[is.index()];
}

std::string allowed(const type& is) {
  return std::visit(
      cases{[](const text_type& of) { return of.form; },
            [](const integer_type& of) {
              return range_text(std::to_string(of.min), std::to_string(of.max), of.unit);
            },
            [](const real_type& of) { return range_text(real_text(of.min), real_text(of.max), of.unit); },
            [](const duration_type& of) {
              return range_text(duration_text(of.min), duration_text(of.max), "");
            },
            [](const size_type& of) { return range_text(size_text(of.min), size_text(of.max), ""); },
            [](const choice_type& of) { return joined(of.choices, " | "); },
            [](const boolean_type&) { return std::string("true | false"); },
            [](const list_type& of) { return of.form; }},
      is);
}

std::string written(const value& what) {
  return std::visit(cases{[](const std::string& text) { return text; },
                          [](std::int64_t number) { return std::to_string(number); },
                          [](double number) { return real_text(number); },
                          [](milliseconds duration) { return duration_text(duration); },
                          [](std::uint64_t bytes) { return size_text(bytes); },
                          [](bool yes) { return std::string(yes ? "true" : "false"); },
                          [](const std::vector<std::string>& items) { return joined(items, ", "); }},
                    what);
}

std::string duration_text(milliseconds duration) {
  return with_unit<std::int64_t>(duration.count(), duration_units, "ms");
}

std::string size_text(std::uint64_t bytes) {
  return with_unit<std::uint64_t>(bytes, size_units, "B");
}

}  // namespace blotter::config
