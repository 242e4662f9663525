#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

// A program under measurement: started, asked what it used, stopped.

namespace bench {

class child {
 public:
  /// Starts `arguments`; its standard output is read here until the line that begins with `banner`. Without
  /// one it is taken to be up in a second.
  child(const std::vector<std::string>& arguments, const std::string& banner) {
    int out[2];
    if (pipe(out) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(out[1], STDOUT_FILENO);
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // a benchmark that gives up leaves nothing behind
      const int nowhere = open("/dev/null", O_WRONLY);
      if (!std::getenv("BENCH_SHOW_LOG")) dup2(nowhere, STDERR_FILENO);
      close(out[0]);
      std::vector<char*> words;
      for (const std::string& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
      words.push_back(nullptr);
      execvp(words[0], words.data());
      std::perror(words[0]);
      _exit(127);
    }
    close(out[1]);
    if (banner.empty()) {
      usleep(1'000'000);
      return;
    }
    FILE* lines = fdopen(out[0], "r");
    char line[512];
    while (std::fgets(line, sizeof line, lines)) {
      const std::string text(line);
      if (!text.starts_with(banner)) continue;
      said_ = text.substr(banner.size(), text.size() - banner.size() - 1);
      break;
    }
    // The pipe stays open, or the child would die of its next line.
    if (said_.empty()) {
      std::fprintf(stderr, "%s did not start; run it by hand to see why\n", arguments[0].c_str());
      std::exit(1);
    }
  }
  ~child() { end(); }
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  void send(int which) const { kill(pid_, which); }
  void end() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  /// What stood behind the banner.
  const std::string& said() const { return said_; }
  std::uint16_t port() const {
    return static_cast<std::uint16_t>(std::stoi(said_.substr(said_.rfind(':') + 1)));
  }

  /// Seconds of processor that it has used, user and system.
  double cpu_seconds() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string field;
    unsigned long user = 0;
    unsigned long system = 0;
    for (int i = 0; i < 11; ++i) fields >> field;
    fields >> user >> system;
    return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }

  double resident_kib() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("RssAnon:")) return std::stod(line.substr(8));
    return 0;
  }

 private:
  pid_t pid_ = -1;
  std::string said_;
};

}  // namespace bench
