#include "serve/lasting_process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace blotter::serve {

namespace {

error_code last_error() {
  return {errno, boost::system::system_category()};
}

/// In the child: only what is safe between fork and exec.
[[noreturn]] void become(const char* program, char* const* command, int in, int out) {
  ::setsid();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);  // our cores leave signals to other threads; it has others
  std::signal(SIGPIPE, SIG_DFL);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::execv(program, command);
  ::_exit(127);
}

}  // namespace

result<pid_t> start_lasting(const std::string& program, std::vector<std::string> command,
                            const std::string& log) {
  std::vector<char*> words;
  for (std::string& each : command) words.push_back(each.data());
  words.push_back(nullptr);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (out < 0) return last_error();
  const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t pid = ::fork();
  if (pid == 0) become(program.c_str(), words.data(), in, out);
  const error_code failed = last_error();
  ::close(in);
  ::close(out);
  if (pid < 0) return failed;
  return pid;
}

unsigned long long began_at(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // The name may hold anything, blanks and brackets too; the last bracket ends it. State is field 3, the
  // start 22.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  char state = 0;
  unsigned long long began = 0;
  const int read = std::sscanf(
      text.c_str() + name_end + 1,
      " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu", &state, &began);
  return read == 2 && state != 'Z' ? began : 0;
}

}  // namespace blotter::serve
