#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/request.hpp"
#include "http/response.hpp"

namespace blotter::http {

/// A file that is part of the program.
struct embedded_file {
  std::string_view
      path;  ///< "assets/page.js", relative, with slashes; "….gz" and "….br" are variants of another
  std::string_view bytes;
  std::string_view hash;  ///< of the bytes, hexadecimal
};

/// What cmake/embed.cmake took in, sorted by path.
std::span<const embedded_file> embedded_page();

/// Serves files from memory: `/` is index.html, `/ops` is ops, ops.html or ops/index.html. Immutable: shared
/// by all cores.
class static_files {
 public:
  /// `files` and what they point at outlive this. Pages may connect to this server, and to `origins`.
  explicit static_files(std::span<const embedded_file> files, std::span<const std::string> origins = {});

  /// The answer to GET or HEAD, or nothing when there is no such file.
  std::optional<response> serve(const request& asked) const;

 private:
  struct file {
    const embedded_file* plain = nullptr;
    const embedded_file* gzip = nullptr;
    const embedded_file* brotli = nullptr;
  };
  const file* find(const request& asked) const;

  std::unordered_map<std::string, file> files_;
  std::string policy_;
};

/// "text/javascript; charset=utf-8" for "page.js"; application/octet-stream when unknown.
std::string_view content_type_of(std::string_view path);

/// Whether the name tells the content apart: eight or more hexadecimal digits before the ending
/// ("page-0f3c5e1a.js").
bool is_hashed_name(std::string_view path);

}  // namespace blotter::http
