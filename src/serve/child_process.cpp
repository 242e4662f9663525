#include "serve/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

namespace blotter::serve {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

/// In the child: only what is safe between fork and exec. The exit code is the shell's for a command that
/// cannot be run.
[[noreturn]] void become(const char* program, char* const* command, int in, int out, int error,
                         pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it went before we asked
  ::setpgid(0, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);  // our cores leave signals to other threads; it has others
  std::signal(SIGPIPE, SIG_DFL);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  if (error >= 0) ::dup2(error, STDERR_FILENO);
  ::execv(program, command);
  ::_exit(127);
}

}  // namespace

child_process::child_process(const std::string& program, std::vector<std::string> command,
                             const std::string& log) {
  std::vector<char*> words;
  for (std::string& each : command) words.push_back(each.data());
  words.push_back(nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int error = log.empty() ? -1 : ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (!log.empty() && error < 0) fail("cannot write " + log);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) fail("no pipe can be had");
  const pid_t self = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(program.c_str(), words.data(), nothing, pipe[1], error, self);
  ::close(pipe[1]);
  ::close(nothing);
  if (error >= 0) ::close(error);
  out_ = pipe[0];
  ::fcntl(out_, F_SETFL, O_NONBLOCK);
  if (pid_ < 0) {
    ::close(out_);
    fail("cannot start " + program);
  }
}

child_process::~child_process() {
  if (!ended()) {
    signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(out_);
}

std::string child_process::read() {
  std::string text(64 * 1024, '\0');
  const ssize_t got = ::read(out_, text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

std::optional<int> child_process::ended() {
  int status = 0;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

void child_process::signal(int which) {
  if (!status_) ::kill(pid_, which);
}

std::string text_of_ending(int status) {
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

}  // namespace blotter::serve
