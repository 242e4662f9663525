#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/setting.hpp"

namespace blotter::config {

/// A value, or a sentence that says what is wrong with the text and what is allowed.
struct problem_text {
  std::string text;
};
using parsed = std::variant<value, problem_text>;

/// Reads `text` as what a setting is. A list is split at its separator, empty items dropped.
parsed parse(const type& is, std::string_view text);
/// Reads the items of a list, each as it stands.
parsed parse_items(const list_type& is, const std::vector<std::string>& items);

value default_of(const type& is);

/// "integer", "duration", ...
std::string type_name(const type& is);
/// What may be given: "1s to 30s", "text or json"; empty when anything may.
std::string allowed(const type& is);
/// As a user would write it; empty for an empty text or list.
std::string written(const value& what);

/// 250ms, 5s, 2m, 1h: the largest unit that gives a whole number.
std::string duration_text(milliseconds duration);
/// 100, 64KiB, 2MiB, 1GiB: the largest unit that gives a whole number.
std::string size_text(std::uint64_t bytes);

}  // namespace blotter::config
