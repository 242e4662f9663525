#include "lines/watched_file.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace blotter::lines {
namespace {

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

file_state state_of(const struct statx& found) {
  file_state state;
  state.identity.device = makedev(found.stx_dev_major, found.stx_dev_minor);
  state.identity.inode = found.stx_ino;
  if (found.stx_mask & STATX_BTIME)
    state.identity.born_ns = found.stx_btime.tv_sec * 1'000'000'000 + found.stx_btime.tv_nsec;
  state.size = found.stx_size;
  return state;
}

constexpr unsigned wanted = STATX_TYPE | STATX_INO | STATX_SIZE | STATX_BTIME;

}  // namespace

watched_file::watched_file(std::string path, file_notices notices)
    : path_(std::move(path)),
      directory_(directory_of(path_)),
      inotify_(notices == file_notices::yes ? ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC) : -1) {}

std::optional<file_state> watched_file::look() {
  watch_directory();
  struct statx found {};
  if (::statx(AT_FDCWD, path_.c_str(), 0, wanted, &found) != 0) return fail("", errno);
  if (!S_ISREG(found.stx_mode)) return fail("is no regular file", 0);
  return state_of(found);
}

std::optional<file_state> watched_file::open() {
  // Never waits: a pipe may have taken the file's place since it was looked at.
  descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return fail("can not be opened", errno);
  close();
  // Before the size is asked for: what is appended after that has a notice.
  if (inotify_)
    file_watch_ = ::inotify_add_watch(inotify_.get(), path_.c_str(),
                                      IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
  struct statx found {};
  if (::statx(file.get(), "", AT_EMPTY_PATH, wanted, &found) != 0) return fail("can not be asked", errno);
  if (!S_ISREG(found.stx_mode)) return fail("is no regular file", 0);
  file_ = std::move(file);
  return state_of(found);
}

void watched_file::close() {
  file_ = descriptor();
  if (file_watch_ >= 0) ::inotify_rm_watch(inotify_.get(), file_watch_);
  file_watch_ = -1;
}

ssize_t watched_file::read(char* to, std::size_t size, std::uint64_t offset) {
  for (;;) {
    const auto got = ::pread(file_.get(), to, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("can not be read", errno);
    return got;
  }
}

void watched_file::forget_notices() {
  char ignored[4096];
  while (inotify_ && ::read(inotify_.get(), ignored, sizeof ignored) > 0) {
  }
}

/// Again at each look: the directory itself may come late, or be replaced. To watch what is watched costs
/// nothing.
void watched_file::watch_directory() {
  if (!inotify_) return;
  directory_watch_ = ::inotify_add_watch(inotify_.get(), directory_.c_str(),
                                         IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
}

std::optional<file_state> watched_file::fail(std::string_view what, int error) {
  problem_ = "file " + path_;
  if (!what.empty()) problem_.append(" ").append(what);
  if (error != 0) problem_.append(": ").append(std::generic_category().message(error));
  return std::nullopt;
}

}  // namespace blotter::lines
