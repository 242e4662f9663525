#include "http/routes.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace blotter::http {
namespace {

constexpr std::string_view any = "{}";

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                    [](const std::string& wanted, const std::string& given) {
                      return wanted == any ? !given.empty() : wanted == given;
                    });
}

}  // namespace

routes::routes(std::vector<route> table) {
  for (const route& each : table) {
    entry added{each, {}};
    std::string_view rest = each.pattern;
    while (!rest.empty()) {
      check(rest.front() == '/');
      rest.remove_prefix(1);
      const auto end = std::min(rest.find('/'), rest.size());
      const std::string_view segment = rest.substr(0, end);
      added.segments.emplace_back(segment.starts_with('{') ? any : segment);
      rest.remove_prefix(end);
    }
    entries_.push_back(std::move(added));
  }
}

const route* routes::match(request& asked) const {
  for (const entry& each : entries_) {
    if (!fits(each.segments, asked.path)) continue;
    asked.route = each.what.id;
    asked.captures.clear();
    for (std::size_t i = 0; i < each.segments.size(); ++i)
      if (each.segments[i] == any) asked.captures.push_back(asked.path[i]);
    return &each.what;
  }
  return nullptr;
}

}  // namespace blotter::http
