#include "serve/page_files.hpp"

#include <simdjson.h>

#include <cstdio>
#include <fstream>

namespace blotter::serve {
namespace {

std::string json_of(const config::settings& s) {
  const std::string& path = s.text("page-columns");
  if (path.empty()) return "{}\n";
  const auto refuse = [&](const std::string& why) -> config::refused {
    return {s.source("page-columns"), path + " " + why};
  };
  std::ifstream in(path, std::ios::binary);
  if (!in) throw refuse("cannot be read");
  std::string text(page_files::size_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof())) throw refuse("cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > page_files::size_max) throw refuse("is larger than 256 KiB");
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(text).get_object().get(object) != simdjson::SUCCESS) throw refuse("holds no JSON object");
  return text;
}

/// FNV-1a: only tells versions of the file apart for a browser that has one.
std::string hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

std::vector<http::embedded_file> with(http::embedded_file one) {
  std::vector<http::embedded_file> all(http::embedded_page().begin(), http::embedded_page().end());
  all.push_back(one);
  return all;
}

}  // namespace

page_files::page_files(const config::settings& settings, const std::vector<std::string>& origins)
    : json_(json_of(settings)),
      hash_(hash_of(json_)),
      all_(with({"page.json", json_, hash_})),
      files_(all_, origins) {}

}  // namespace blotter::serve
