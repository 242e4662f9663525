#include "http/static_files.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace blotter::http {
namespace {

std::string policy_for(std::span<const std::string> origins) {
  std::string policy =
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'";
  for (const std::string& each : origins) policy.append(" ").append(each);
  return policy + "; base-uri 'none'; object-src 'none'; form-action 'none'";
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> types{{
    {"html", "text/html; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"ico", "image/x-icon"},
    {"woff2", "font/woff2"},
    {"wasm", "application/wasm"},
    {"txt", "text/plain; charset=utf-8"},
    {"md", "text/plain; charset=utf-8"},
    {"webmanifest", "application/manifest+json"},
}};

/// RFC 9110, 12.5.3, as far as browsers use it: the name stands in the list and is not refused with q=0.
bool accepts(std::string_view list, std::string_view coding) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    if (!item.starts_with(coding)) continue;
    const std::string_view rest = item.substr(coding.size());
    if (!rest.empty() && rest.front() != ';' && rest.front() != ' ') continue;
    const auto weight = rest.find("q=");
    return weight == std::string_view::npos ||
           rest.find_first_of("123456789", weight) != std::string_view::npos;
  }
  return false;
}

/// Whether one of the entity tags of If-None-Match is ours (RFC 9110, 13.1.2: compared weakly).
bool has_tag(std::string_view list, std::string_view tag) {
  return list == "*" || list.find(tag) != std::string_view::npos;
}

}  // namespace

std::string_view content_type_of(std::string_view path) {
  const std::string_view ending = path.substr(path.rfind('.') + 1);
  for (const auto& [name, type] : types)
    if (name == ending) return type;
  return "application/octet-stream";
}

bool is_hashed_name(std::string_view path) {
  const auto ending = path.rfind('.');
  if (ending == std::string_view::npos) return false;
  const std::string_view stem = path.substr(0, ending);
  const auto last = stem.find_last_not_of("0123456789abcdef");
  if (last == std::string_view::npos) return false;
  return stem.size() - last - 1 >= 8 && (stem[last] == '-' || stem[last] == '.');
}

static_files::static_files(std::span<const embedded_file> files, std::span<const std::string> origins)
    : policy_(policy_for(origins)) {
  for (const embedded_file& each : files) {
    std::string_view path = each.path;
    if (path.ends_with(".gz") || path.ends_with(".br")) {
      const bool gzip = path.ends_with(".gz");
      path.remove_suffix(3);
      file& whole = files_[std::string(path)];
      (gzip ? whole.gzip : whole.brotli) = &each;
    } else {
      files_[std::string(path)].plain = &each;
    }
  }
  std::erase_if(files_, [](const auto& each) { return each.second.plain == nullptr; });
}

const static_files::file* static_files::find(const request& asked) const {
  std::string path;
  for (const std::string& segment : asked.path) {
    // A name may not make up a path: "a%2Fb" is one segment, and no file has a slash in its name.
    if (segment.find('/') != std::string::npos) return nullptr;
    if (&segment != &asked.path.front()) path += '/';
    path += segment;
  }
  if (path.empty()) path = "index.html";
  for (const char* const ending : {"", ".html", "/index.html"}) {
    const auto found = files_.find(path + ending);
    if (found != files_.end()) return &found->second;
  }
  return nullptr;
}

std::optional<response> static_files::serve(const request& asked) const {
  const file* const found = find(asked);
  if (!found) return std::nullopt;
  const std::string_view codings = asked.header("Accept-Encoding");
  const bool brotli = found->brotli && accepts(codings, "br");
  const bool gzip = !brotli && found->gzip && accepts(codings, "gzip");
  const embedded_file& variant = brotli ? *found->brotli : gzip ? *found->gzip : *found->plain;

  response answer;
  answer.content_type = content_type_of(found->plain->path);
  const std::string tag = "\"" + std::string(variant.hash) + "\"";
  const bool lasting = is_hashed_name(found->plain->path);
  answer.headers = {{"ETag", tag},
                    {"Cache-Control", lasting ? "public, max-age=31536000, immutable" : "no-cache"},
                    {"Content-Security-Policy", policy_},
                    {"X-Content-Type-Options", "nosniff"},
                    {"Referrer-Policy", "no-referrer"}};
  if (found->brotli || found->gzip) answer.headers.push_back({"Vary", "Accept-Encoding"});
  if (has_tag(asked.header("If-None-Match"), tag)) {
    answer.status = 304;
    return answer;
  }
  if (brotli || gzip) answer.headers.push_back({"Content-Encoding", brotli ? "br" : "gzip"});
  answer.body = variant.bytes;
  return answer;
}

}  // namespace blotter::http
