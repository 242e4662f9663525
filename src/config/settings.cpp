#include "config/settings.hpp"

#include "base/check.hpp"

namespace blotter::config {
namespace {

std::string lines_of(const std::vector<problem>& all) {
  std::string out;
  for (const problem& one : all) {
    if (!out.empty()) out += '\n';
    out += one.source + ": " + one.text;
  }
  return out;
}

}  // namespace

const settings::given& settings::at(std::string_view name) const {
  const auto found = all_.find(name);
  check(found != all_.end());
  return found->second;
}

template <class Type>
const Type& settings::get(std::string_view name) const {
  const auto* typed = std::get_if<Type>(&at(name).what);
  check(typed != nullptr);
  return *typed;
}

template const std::string& settings::get<std::string>(std::string_view) const;
template const std::int64_t& settings::get<std::int64_t>(std::string_view) const;
template const double& settings::get<double>(std::string_view) const;
template const milliseconds& settings::get<milliseconds>(std::string_view) const;
template const std::uint64_t& settings::get<std::uint64_t>(std::string_view) const;
template const bool& settings::get<bool>(std::string_view) const;
template const std::vector<std::string>& settings::get<std::vector<std::string>>(std::string_view) const;

std::string settings::source(std::string_view name) const {
  const given& one = at(name);
  return one.source.empty() ? "the default of " + std::string(name) : one.source;
}

refused::refused(std::vector<problem> all) : std::runtime_error(lines_of(all)), problems_(std::move(all)) {}

}  // namespace blotter::config
