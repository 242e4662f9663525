#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace blotter::serve {

/// A process that this one started, and that the system kills when this one is gone, however it went. In a
/// process group of its own, so that Ctrl-C at a terminal reaches only us. On the thread that made it, which
/// must live as long as it does.
class child_process {
 public:
  /// Runs the file `program` as `command`, a name and arguments. Its stdout comes here, its stdin is empty;
  /// its stderr is appended to the file `log`, or is ours when that is empty. Throws std::runtime_error with
  /// a sentence when it cannot be.
  child_process(const std::string& program, std::vector<std::string> command, const std::string& log);
  /// Kills what still runs.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  pid_t pid() const { return pid_; }
  /// What it has written to stdout since the last call, 64 KiB at most; never waits.
  std::string read();
  /// The status that it ended with, as wait(2) tells it; none while it runs.
  std::optional<int> ended();
  /// To one that has ended: nothing.
  void signal(int which);

 private:
  pid_t pid_ = 0;
  int out_ = -1;
  std::optional<int> status_;
};

/// "exit 2", "killed by signal 9".
std::string text_of_ending(int status);

}  // namespace blotter::serve
