#include "serve/cluster_parts.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "base/log.hpp"
#include "base/time.hpp"
#include "serve/child_process.hpp"

namespace blotter::serve {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds stop_max{20};

/// deploy/NAME/NAME in a folder above the program or above where we are; empty when there is none.
std::string script_of(std::string_view name) {
  std::error_code unknown;
  for (fs::path from :
       {fs::read_symlink("/proc/self/exe", unknown).parent_path(), fs::current_path(unknown)}) {
    for (; from.has_relative_path(); from = from.parent_path()) {
      const fs::path script = from / "deploy" / name / name;
      if (::access(script.c_str(), X_OK) == 0) return script.string();
    }
  }
  return {};
}

/// Ends the part when its stdin ends without a line: then we are gone.
constexpr const char* guard_script = R"(read -r word || "$0" kill --dir "$1")";

}  // namespace

cluster_parts::cluster_parts(std::string folder, std::function<bool()> given_up)
    : folder_(std::move(folder)), given_up_(std::move(given_up)) {}

cluster_parts::~cluster_parts() {
  stop();
}

std::string cluster_parts::start_kafka(const std::string& topic, unsigned partitions) {
  const part mine = begin("kafka");
  const std::string address = run({mine.script, "start", "--dir", mine.folder});
  if (run({mine.script, "topic", "list", topic, "--dir", mine.folder}).empty())
    (void)run({mine.script, "topic", "create", topic, "--dir", mine.folder, "--partitions",
               std::to_string(partitions), "--config", "cleanup.policy=compact"});
  return "kafka://" + address + "/" + topic;
}

std::string cluster_parts::start_hazelcast() {
  const part mine = begin("hazelcast");
  return "hazelcast://" + run({mine.script, "start", "--dir", mine.folder}) + "/blotter";
}

const cluster_parts::part& cluster_parts::begin(std::string_view name) {
  const std::string script = script_of(name);
  if (script.empty())
    throw std::runtime_error(
        "deploy/" + std::string(name) +
        " is not found above the program or here: start one yourself and say where by --" +
        std::string(name) + ", or start from the working tree");
  started_.push_back({script, folder_ + "/" + std::string(name)});
  guard();
  return started_.back();
}

std::string cluster_parts::run(const std::vector<std::string>& command) {
  child_process script(command.front(), command, {});
  std::string said;
  std::optional<int> status;
  while (!status) {
    if (given_up_()) throw std::runtime_error("ended while " + command.front() + " was at work");
    std::this_thread::sleep_for(milliseconds(10));
    status = script.ended();
    said += script.read();
  }
  if (*status != 0)
    throw std::runtime_error(command.front() + " " + command[1] + " failed (" + text_of_ending(*status) +
                             "): its reason stands above");
  return said.substr(0, said.find('\n'));
}

void cluster_parts::guard() {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be had");
  const part& mine = started_.back();
  const std::array<const char*, 6> command = {"/bin/sh",           "-c",   guard_script, mine.script.c_str(),
                                              mine.folder.c_str(), nullptr};
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();  // Ctrl-C and the end of a terminal are not meant for it
    const int nothing = ::open("/dev/null", O_WRONLY);
    ::dup2(pipe[0], STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    ::dup2(nothing, STDERR_FILENO);
    ::execv(command[0], const_cast<char* const*>(command.data()));
    ::_exit(127);
  }
  ::close(pipe[0]);
  guards_.push_back(pipe[1]);
}

void cluster_parts::release_guard() {
  (void)!::write(guards_.back(), "\n", 1);
  ::close(guards_.back());
  guards_.pop_back();
}

void cluster_parts::stop() {
  for (; !started_.empty(); started_.pop_back()) {
    const part& last = started_.back();
    const instant until = instant::clock::now() + stop_max;
    try {
      child_process script(last.script, {last.script, "stop", "--dir", last.folder}, folder_ + "/stop.log");
      while (!script.ended() && instant::clock::now() < until) std::this_thread::sleep_for(milliseconds(10));
      if (script.ended() == 0) {
        release_guard();
        continue;
      }
    } catch (const std::exception& failed) {
      log::warn("cluster", "a part cannot be stopped", {{"part", last.folder}, {"reason", failed.what()}});
    }
    ::close(guards_.back());  // who waits for that kills it
    guards_.pop_back();
  }
}

}  // namespace blotter::serve
