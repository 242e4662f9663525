#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"
#include "http/static_files.hpp"

namespace blotter::serve {

/// The files of the page with page.json among them: what `page-columns` names, or `{}`. Owns that text; does
/// not change after it was made, so that all cores may read it.
class page_files {
 public:
  /// At most so much is read of a file: it is sent to every browser that opens the page.
  static constexpr std::size_t size_max = 256 * 1024;

  /// Throws `config::refused`, naming the setting, when the file cannot be read, is too large or is no JSON
  /// object.
  /// Pages may also connect to `origins`.
  explicit page_files(const config::settings& settings, const std::vector<std::string>& origins = {});
  page_files(const page_files&) = delete;
  page_files& operator=(const page_files&) = delete;

  const http::static_files& files() const { return files_; }

 private:
  std::string json_;
  std::string hash_;
  std::vector<http::embedded_file> all_;
  http::static_files files_;
};

}  // namespace blotter::serve
