#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace blotter::config {

/// A file of settings longer than this is refused: it is some other file.
inline constexpr std::size_t file_size_max = 1 << 20;

enum class written_as : std::uint8_t { text, integer, real, boolean, texts, other };

/// One `name = value` of a file. Tables join their names: `rate` under `[simulate]`, or `simulate.rate`, is
/// `simulate-rate`.
struct file_entry {
  std::string name;
  written_as form = written_as::other;
  std::vector<std::string> texts;  ///< the value as text: exactly one, or the items of an array of texts
  std::uint32_t line = 0;          ///< from 1
};

struct file_content {
  std::vector<file_entry> entries;  ///< in the order of lines
  std::string syntax_error;         ///< empty when the file could be read; else there are no entries
  std::uint32_t syntax_error_line = 0;
};

file_content read_toml(std::string_view text);

}  // namespace blotter::config
