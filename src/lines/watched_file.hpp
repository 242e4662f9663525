#pragma once

#include <sys/types.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lines/descriptor.hpp"

namespace blotter::lines {

/// What stays the same about a file while it only grows. The time of birth (where the file system knows it)
/// tells a file from an earlier one whose inode number it got.
struct file_identity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t born_ns = 0;

  friend bool operator==(const file_identity&, const file_identity&) = default;
};

struct file_state {
  file_identity identity;
  std::uint64_t size = 0;
};

enum class file_notices { no, yes };

/// A path, the regular file that is open behind it, and the kernel's notices (inotify) that either changed.
/// Notices are hints: where they can not be had (some network and container file systems) the owner looks now
/// and then.
class watched_file {
 public:
  watched_file(std::string path, file_notices notices);

  /// What stands at the path now; nothing, with `problem` saying why, when that is no readable regular file.
  std::optional<file_state> look();
  const std::string& problem() const { return problem_; }

  /// Opens what stands at the path and watches it; what was open before is closed. Nothing, with `problem`,
  /// on failure.
  std::optional<file_state> open();
  bool is_open() const { return static_cast<bool>(file_); }
  void close();

  /// Bytes of the open file from `offset`; 0 at its end, negative, with `problem`, on failure.
  ssize_t read(char* to, std::size_t size, std::uint64_t offset);

  /// Readable when something may have changed, or -1 where there are none; then call `forget_notices`, and
  /// look.
  int notices() const { return inotify_.get(); }
  void forget_notices();

 private:
  void watch_directory();
  std::optional<file_state> fail(std::string_view what, int error);

  std::string path_, directory_;
  std::string problem_;
  descriptor file_;
  descriptor inotify_;
  int directory_watch_ = -1;
  int file_watch_ = -1;
};

}  // namespace blotter::lines
