#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "config/settings.hpp"
#include "config/toml_file.hpp"
#include "config/value.hpp"

namespace blotter::config {
namespace {

std::string quoted(std::string_view name) {
  return '`' + std::string(name) + '`';
}

/// Collects what each source gives, the weakest first, so that a later one replaces an earlier one; and every
/// problem on the way, so that the user sees all of them at once.
class loader {
 public:
  loader(const table& all, std::string_view role) : all_(all), role_(role) {}

  settings run(const sources& from) {
    take_flags(from.arguments);
    take_environment(from.environment);
    take_file();
    require_positionals();
    if (!problems_.empty()) throw refused(std::move(problems_));
    return settings(role_, merged());
  }

 private:
  using layer = settings::values;

  void refuse(std::string source, std::string text) {
    problems_.push_back({std::move(source), std::move(text)});
  }

  void put(layer& into, const setting& one, parsed what, const std::string& source) {
    if (const auto* wrong = std::get_if<problem_text>(&what)) return refuse(source, wrong->text);
    into[one.name] = {std::move(std::get<value>(what)), source};
  }

  // ------------------------------------------------------------------------------------------------ flags

  void take_flags(const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::string& argument = arguments[i];
      if (argument.size() > 2 && argument.starts_with("--")) {
        const bool took_next = take_flag(argument, i + 1 < arguments.size() ? &arguments[i + 1] : nullptr);
        if (took_next) ++i;
      } else if (argument.starts_with("-")) {
        refuse(argument, "no such flag; flags are written out: --name value");
      } else {
        take_positional(argument);
      }
    }
  }

  /// True if `next` was the flag's value.
  bool take_flag(const std::string& argument, const std::string* next) {
    const std::size_t equals = argument.find('=');
    const std::string flag = argument.substr(0, equals);
    const setting* one = all_.find(std::string_view(flag).substr(2));
    if (!one && flag.starts_with("--no-")) {
      const setting* negated = all_.find(std::string_view(flag).substr(5));
      const bool known =
          negated && std::holds_alternative<boolean_type>(negated->is) && belongs(*negated, role_);
      if (known && equals == std::string::npos) return put_flag(*negated, flag, "false"), false;
    }
    if (!one || !belongs(*one, role_) || one->positional) {
      refuse_flag(flag, one);
      // What follows was most likely meant for it.
      return equals == std::string::npos && next && !next->starts_with("-");
    }
    if (equals != std::string::npos) return put_flag(*one, flag, argument.substr(equals + 1)), false;
    if (std::holds_alternative<boolean_type>(one->is)) return put_flag(*one, flag, "true"), false;
    if (!next || next->starts_with("--")) {
      const std::string range = allowed(one->is);
      refuse(flag, "needs a value" + (range.empty() ? "" : ": " + range));
      return false;
    }
    put_flag(*one, flag, *next);
    return true;
  }

  void put_flag(const setting& one, const std::string& flag, const std::string& text) {
    const auto earlier = flags_.find(one.name);
    if (earlier == flags_.end()) return put(flags_, one, parse(one.is, text), flag);
    auto* items = std::get_if<std::vector<std::string>>(&earlier->second.what);
    if (!items) return refuse(flag, "given twice");
    const std::vector<std::string> before = *items;
    put(flags_, one, parse(one.is, text), flag);
    items->insert(items->begin(), before.begin(), before.end());
  }

  void refuse_flag(const std::string& flag, const setting* known) {
    if (known && !belongs(*known, role_)) {
      std::string owners;
      for (const std::string& owner : known->roles) owners += (owners.empty() ? "" : ", ") + owner;
      return refuse(flag, "a setting of `blotter " + owners + "`, not of `blotter " + role_ + '`');
    }
    std::vector<std::string> names;
    for (const setting& one : all_.settings) {
      if (belongs(one, role_) && !one.positional) names.push_back("--" + one.name);
    }
    refuse(flag, unknown(nearest(flag, names)));
  }

  std::string unknown(const std::string& meant) const {
    return "no such setting" + (meant.empty() ? "" : "; did you mean " + meant + "?") + " (`blotter help " +
           role_ + "` lists them)";
  }

  void take_positional(const std::string& argument) {
    for (const setting& one : all_.settings) {
      if (!one.positional || !belongs(one, role_) || flags_.contains(one.name)) continue;
      return put(flags_, one, parse(one.is, argument), one.name);
    }
    refuse(argument, "not expected here; settings are given as --name value");
  }

  void require_positionals() {
    for (const setting& one : all_.settings) {
      const bool missing = one.positional && belongs(one, role_) && !flags_.contains(one.name);
      const bool refused_already = std::any_of(problems_.begin(), problems_.end(),
                                               [&](const problem& p) { return p.source == one.name; });
      if (missing && !refused_already)
        refuse(one.name, "is missing: `blotter help " + role_ + "` shows examples");
    }
  }

  // ------------------------------------------------------------------------------------------ environment

  void take_environment(const std::vector<std::string>& environment) {
    for (const std::string& variable : environment) {
      if (!variable.starts_with(environment_prefix)) continue;
      const std::size_t equals = variable.find('=');
      const std::string name = variable.substr(0, equals);
      const std::string text = equals == std::string::npos ? "" : variable.substr(equals + 1);
      const std::string source = "environment variable " + name;
      const setting* one = named_in_environment(name);
      if (one) {
        put(environment_, *one, parse(one->is, text), source);
      } else {
        refuse(source, unknown(nearest(name, names(environment_name))));
      }
    }
  }

  const setting* named_in_environment(std::string_view name) const {
    for (const setting& one : all_.settings) {
      if (!one.positional && environment_name(one.name) == name) return &one;
    }
    return nullptr;
  }

  template <class Rename>
  std::vector<std::string> names(Rename rename) const {
    std::vector<std::string> out;
    for (const setting& one : all_.settings) {
      if (!one.positional) out.push_back(rename(one.name));
    }
    return out;
  }

  // ------------------------------------------------------------------------------------------------- file

  void take_file() {
    const setting* config = all_.find("config");
    if (!config || !belongs(*config, role_)) return;
    const auto flag = flags_.find("config");
    const auto variable = environment_.find("config");
    if (flag == flags_.end() && variable == environment_.end()) return;
    const settings::given& from = flag != flags_.end() ? flag->second : variable->second;
    const std::string path = std::get<std::string>(from.what);
    if (path.empty()) return;
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text(file_size_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (file.bad() || !file.eof()) {
      if (text.size() > file_size_max) return refuse(path, "longer than 1 MiB: this is no file of settings");
      return refuse(from.source, "cannot read " + quoted(path) + ": " + std::strerror(errno));
    }
    take_content(path, read_toml(text));
  }

  void take_content(const std::string& path, const file_content& content) {
    if (!content.syntax_error.empty()) {
      return refuse(path + ':' + std::to_string(content.syntax_error_line),
                    "no TOML: " + content.syntax_error);
    }
    for (const file_entry& entry : content.entries) {
      take_entry(entry, path + ':' + std::to_string(entry.line));
    }
  }

  void take_entry(const file_entry& entry, const std::string& source) {
    const setting* one = all_.find(entry.name);
    if (!one || one->positional) {
      const std::string meant = nearest(entry.name, names([](const std::string& name) { return name; }));
      return refuse(source, quoted(entry.name) + ": " + unknown(meant));
    }
    if (entry.name == "config") return refuse(source, "`config`: a file cannot name another");
    if (file_.contains(entry.name)) return refuse(source, quoted(entry.name) + ": set twice");
    parsed what = parse_entry(*one, entry);
    if (auto* wrong = std::get_if<problem_text>(&what)) wrong->text = quoted(entry.name) + ": " + wrong->text;
    put(file_, *one, std::move(what), source);
  }

  static parsed parse_entry(const setting& one, const file_entry& entry) {
    if (const auto* list = std::get_if<list_type>(&one.is)) {
      if (entry.form == written_as::texts) return parse_items(*list, entry.texts);
      if (entry.form == written_as::text) return parse(one.is, entry.texts[0]);
      return problem_text{"must be an array of texts: [\"a\", \"b\"]"};
    }
    const bool whole = entry.form == written_as::integer;
    const bool boolean = std::holds_alternative<boolean_type>(one.is);
    const bool integer = std::holds_alternative<integer_type>(one.is);
    const bool real = std::holds_alternative<real_type>(one.is);
    const bool size = std::holds_alternative<size_type>(one.is);
    const std::string range = allowed(one.is).empty() ? "" : "; allowed: " + allowed(one.is);
    if (boolean && entry.form != written_as::boolean)
      return problem_text{"must be true or false, without quotes"};
    if (integer && !whole) return problem_text{"must be a whole number, without quotes" + range};
    if (real && !whole && entry.form != written_as::real)
      return problem_text{"must be a number, without quotes" + range};
    const bool needs_text = !boolean && !integer && !real && !(size && whole);
    if (needs_text && entry.form != written_as::text) return problem_text{"must be a text in quotes" + range};
    return parse(one.is, entry.texts[0]);
  }

  // ---------------------------------------------------------------------------------------------- outcome

  layer merged() {
    layer out;
    for (const setting& one : all_.settings) {
      if (!belongs(one, role_)) continue;
      out[one.name] = {default_of(one.is), ""};
      for (const layer* from : {&file_, &environment_, &flags_}) {
        if (const auto found = from->find(one.name); found != from->end()) out[one.name] = found->second;
      }
    }
    return out;
  }

  const table& all_;
  const std::string role_;
  layer file_, environment_, flags_;
  std::vector<problem> problems_;
};

}  // namespace

settings load(const table& all, std::string_view role, const sources& from) {
  return loader(all, role).run(from);
}

}  // namespace blotter::config
