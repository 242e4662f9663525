#pragma once

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "config/setting.hpp"

namespace blotter::config {

/// What a process was started with: one checked value for each setting of its role. Immutable; may be read on
/// any thread. To ask for a name that the role does not have, or as another type than the table says, is a
/// defect of ours and aborts.
class settings {
 public:
  struct given {
    value what;
    std::string
        source;  ///< "--http", "environment variable BLOTTER_HTTP", "blotter.toml:3"; empty: the default
  };
  using values = std::map<std::string, given, std::less<>>;

  settings(std::string role, values all) : role_(std::move(role)), all_(std::move(all)) {}

  const std::string& role() const { return role_; }

  /// Of a text or a choice.
  const std::string& text(std::string_view name) const { return get<std::string>(name); }
  std::int64_t integer(std::string_view name) const { return get<std::int64_t>(name); }
  double real(std::string_view name) const { return get<double>(name); }
  milliseconds duration(std::string_view name) const { return get<milliseconds>(name); }
  /// In bytes.
  std::uint64_t size(std::string_view name) const { return get<std::uint64_t>(name); }
  bool boolean(std::string_view name) const { return get<bool>(name); }
  const std::vector<std::string>& list(std::string_view name) const {
    return get<std::vector<std::string>>(name);
  }

  /// Where the value came from, for messages about it: "--http", ..., "the default of http".
  std::string source(std::string_view name) const;
  bool is_default(std::string_view name) const { return at(name).source.empty(); }

 private:
  const given& at(std::string_view name) const;
  template <class Type>
  const Type& get(std::string_view name) const;

  std::string role_;
  values all_;
};

/// Something that was given and cannot be: where it stands, and a sentence with what is allowed.
struct problem {
  std::string source;
  std::string text;
};

/// Start-up ends here: all that is wrong at once, a line each.
class refused : public std::runtime_error {
 public:
  explicit refused(std::vector<problem> all);
  /// One problem. `refused(s.source("http"), "the port is taken")` names the flag, variable or line at fault.
  refused(std::string source, std::string text)
      : refused(std::vector<problem>{{std::move(source), std::move(text)}}) {}
  const std::vector<problem>& problems() const { return problems_; }

 private:
  std::vector<problem> problems_;
};

struct sources {
  std::vector<std::string> arguments;    ///< of the command line, behind the role
  std::vector<std::string> environment;  ///< "NAME=VALUE"; names without BLOTTER_ are ignored
};

/// Reads the settings of `role`: a flag wins over the environment, that over the file named by `config`
/// (where the role has such a setting), that over the default. A flag must be a setting of the role;
/// environment and file may be shared by roles, so they may name any setting of the table, and all of it is
/// checked. Throws `refused`.
settings load(const table& all, std::string_view role, const sources& from);

}  // namespace blotter::config
