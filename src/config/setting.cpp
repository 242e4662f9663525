#include "config/setting.hpp"

#include <algorithm>

namespace blotter::config {
namespace {

/// Optimal string alignment: Levenshtein's distance with swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

template <class Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return at == all.end() ? nullptr : &*at;
}

}  // namespace

const setting* table::find(std::string_view name) const {
  return find_named(settings, name);
}
const role* table::find_role(std::string_view name) const {
  return find_named(roles, name);
}

bool belongs(const setting& one, std::string_view role) {
  return std::find(one.roles.begin(), one.roles.end(), role) != one.roles.end();
}

std::string environment_name(std::string_view setting_name) {
  std::string name(environment_prefix);
  for (const char c : setting_name) {
    const bool lower = c >= 'a' && c <= 'z';
    name += c == '-' || c == '.' ? '_' : lower ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

std::string nearest(std::string_view name, const std::vector<std::string>& names) {
  if (name.size() > 64) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& one : names) {
    const std::size_t steps = distance(name, one);
    if (steps < best_distance) {
      best = one;
      best_distance = steps;
    }
  }
  return best;
}

}  // namespace blotter::config
