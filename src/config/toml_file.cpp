#include "config/toml_file.hpp"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>

#include "config/value.hpp"

namespace blotter::config {
namespace {

void read_scalar(const toml::node& node, file_entry& out) {
  if (const auto* text = node.as_string()) {
    out.form = written_as::text;
    out.texts = {text->get()};
  } else if (const auto* whole = node.as_integer()) {
    out.form = written_as::integer;
    out.texts = {written(value(whole->get()))};
  } else if (const auto* number = node.as_floating_point()) {
    out.form = written_as::real;
    out.texts = {written(value(number->get()))};
  } else if (const auto* yes = node.as_boolean()) {
    out.form = written_as::boolean;
    out.texts = {yes->get() ? "true" : "false"};
  }
}

void read_array(const toml::array& array, file_entry& out) {
  for (const toml::node& item : array) {
    const auto* text = item.as_string();
    if (!text) return;  // stays `other`
    out.texts.push_back(text->get());
  }
  out.form = written_as::texts;
}

/// The depth of tables is bounded by the parser.
void read_table(const toml::table& table, const std::string& prefix, std::vector<file_entry>& out) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      read_table(*inner, name + "-", out);
      continue;
    }
    file_entry entry{name, written_as::other, {}, node.source().begin.line};
    if (const auto* array = node.as_array()) {
      read_array(*array, entry);
    } else {
      read_scalar(node, entry);
    }
    out.push_back(std::move(entry));
  }
}

}  // namespace

file_content read_toml(std::string_view text) {
  const toml::parse_result outcome = toml::parse(text);
  if (!outcome) {
    return {{}, std::string(outcome.error().description()), outcome.error().source().begin.line};
  }
  file_content content;
  read_table(outcome.table(), "", content.entries);
  std::stable_sort(content.entries.begin(), content.entries.end(),
                   [](const file_entry& a, const file_entry& b) { return a.line < b.line; });
  return content;
}

}  // namespace blotter::config
