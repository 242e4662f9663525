#include "config/manual.hpp"

#include <algorithm>

#include "config/settings.hpp"
#include "config/value.hpp"

namespace blotter::config {
namespace {

/// `--beat DURATION`, `--json`, `URL`
std::string head_of(const setting& one) {
  if (one.positional) return upper(one.name);
  if (std::holds_alternative<boolean_type>(one.is)) return "--" + one.name;
  return "--" + one.name + ' ' + upper(type_name(one.is));
}

/// "1s to 30s, 5s if not given"
std::string range_of(const setting& one) {
  const std::string range = allowed(one.is);
  const std::string fallback = written(default_of(one.is));
  if (one.positional) return range + ", must be given";
  return (range.empty() ? "any " + type_name(one.is) : range) + ", " +
         (fallback.empty() ? "empty" : fallback) + " if not given";
}

/// A value for an example: the default, or the form of one.
std::string example_of(const setting& one) {
  const std::string fallback = written(default_of(one.is));
  if (std::holds_alternative<boolean_type>(one.is)) return "true";
  return !fallback.empty() ? fallback : allowed(one.is).empty() ? "VALUE" : allowed(one.is);
}

std::string toml_value(const setting& one) {
  const bool bare = std::holds_alternative<integer_type>(one.is) ||
                    std::holds_alternative<real_type>(one.is) || std::holds_alternative<boolean_type>(one.is);
  if (bare) return example_of(one);
  const std::string text = '"' + example_of(one) + '"';
  return std::holds_alternative<list_type>(one.is) ? '[' + text + ']' : text;
}

std::string shell_value(const setting& one) {
  const std::string text = example_of(one);
  return text.find_first_of(" |{}[]*;&$") == std::string::npos ? text : '\'' + text + '\'';
}

std::string first_sentence(const std::string& text) {
  const std::size_t end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

}  // namespace

std::string upper(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string out, line;
  const std::string blanks(indent, ' ');
  const auto flush = [&] {
    out += (line.empty() ? "" : blanks + line) + '\n';
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    if (!line.empty() && !word.empty() && indent + line.size() + 1 + word.size() > width) flush();
    line += (line.empty() || word.empty() ? "" : " ") + std::string(word);
    if (end < text.size() && text[end] == '\n') flush();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!line.empty()) flush();
  return out;
}

std::string role_manual(const table& all, const role& which) {
  std::string out = "blotter " + which.name + ": " + which.summary + "\n\n";
  out += wrapped(which.examples, 2) + "\nUsage\n  blotter " + which.name + ' ' + which.usage + '\n';
  if (!which.text.empty()) out += '\n' + wrapped(which.text, 2);
  out += "\nSettings\n";
  for (const setting& one : all.settings) {
    if (!belongs(one, which.name)) continue;
    out += "  " + head_of(one) + '\n' + wrapped(first_sentence(one.text), 6) + wrapped(range_of(one), 6);
  }
  out += '\n' +
         wrapped(
             "`blotter help SETTING` tells all about one of them. Each can also be set in the environment "
             "(--http as BLOTTER_HTTP) or in a TOML file (--config FILE); a flag wins over the "
             "environment, that over the file.",
             0);
  return out;
}

std::string setting_manual(const setting& which) {
  std::string out = head_of(which) + "\n\n" + wrapped(which.text, 2) + '\n';
  const auto row = [&out](std::string_view name, const std::string& text) {
    out += "  " + std::string(name) + std::string(14 - name.size(), ' ') + text + '\n';
  };
  const std::string range = allowed(which.is);
  const std::string fallback = written(default_of(which.is));
  row("type", type_name(which.is));
  if (!range.empty()) row("allowed", range);
  if (!which.positional) row("default", fallback.empty() ? "empty" : fallback);
  std::string roles;
  for (const std::string& role : which.roles) roles += (roles.empty() ? "blotter " : ", blotter ") + role;
  row("used by", roles);
  if (which.positional) return out;
  const bool boolean = std::holds_alternative<boolean_type>(which.is);
  row("flag", "--" + which.name + (boolean ? "" : ' ' + shell_value(which)));
  row("environment", environment_name(which.name) + '=' + shell_value(which));
  if (which.name != "config") row("file", which.name + " = " + toml_value(which));
  return out;
}

std::string manual(const table& all, std::string_view topic) {
  std::string out;
  if (const role* which = all.find_role(topic)) out += role_manual(all, *which);
  const std::string_view bare = topic.starts_with("--") ? topic.substr(2) : topic;
  std::vector<std::string> known;
  for (const role& one : all.roles) known.push_back(one.name);
  for (const setting& one : all.settings) {
    known.push_back(one.name);
    if (one.name != bare && environment_name(one.name) != topic) continue;
    out += (out.empty() ? "" : "\nThere is a setting of that name, too:\n\n") + setting_manual(one);
  }
  if (!out.empty()) return out;
  const std::string meant = nearest(bare, known);
  throw refused("help " + std::string(topic), "no subcommand or setting of that name" +
                                                  (meant.empty() ? "" : "; did you mean " + meant + '?'));
}

}  // namespace blotter::config
