#include "serve/local_nodes.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/log.hpp"
#include "serve/child_process.hpp"
#include "serve/lasting_process.hpp"

namespace blotter::serve {

namespace {

/// Of one order, in one go: the rest a tick later.
constexpr unsigned starts_at_once_max = 8;
constexpr std::size_t processes_max = 1'000;

std::string pid_file(const std::string& folder, const std::string& id) {
  return folder + "/" + id + ".pid";
}

}  // namespace

local_nodes::local_nodes(local_nodes_options options)
    : options_(std::move(options)), retry_(options_.retry_min) {
  adopt();
}

/// Those that the folder names and that still run: of a process before us.
void local_nodes::adopt() {
  std::error_code failed;
  for (const auto& each : std::filesystem::directory_iterator(options_.folder, failed)) {
    if (each.path().extension() != ".pid" || processes_.size() >= processes_max) continue;
    const std::string id = each.path().stem().string();
    if (processes_.contains(id) || !directory::member_id::parse(id)) continue;
    process found;
    std::ifstream file(each.path());
    if (!(file >> found.pid >> found.began) || found.pid <= 1) continue;
    if (began_at(found.pid) != found.began) {
      std::filesystem::remove(each.path(), failed);
      continue;
    }
    found.seen = true;
    processes_.emplace(id, found);
    log::info("autoscaler", "node of this machine found", {{"member", id}, {"pid", std::int64_t{found.pid}}});
  }
}

void local_nodes::carry_out(const scale::order& what, instant now) {
  const bool again = ordered_ && ordered_->attempt != what.attempt;
  const bool changed = ordered_ != what;
  ordered_ = what;
  if (what.drained) ask_to_leave(what.drained->text(), now);
  if (changed) ++state_.carried_out;
  if (!again) return;
  // What did not come up by now, and who did not leave.
  for (const auto& [id, each] : processes_)
    if (!each.seen || (what.drained && what.drained->text() == id)) ::kill(each.pid, SIGKILL);
}

void local_nodes::ask_to_leave(const std::string& id, instant now) {
  const auto found = processes_.find(id);
  if (found == processes_.end() || found->second.asked != instant{}) return;
  found->second.asked = now;
  ::kill(found->second.pid, SIGTERM);
  log::info("autoscaler", "node asked to leave", {{"member", id}, {"pid", std::int64_t{found->second.pid}}});
}

void local_nodes::tick(std::span<const directory::member> nodes, instant now) {
  adopt();
  for (const directory::member& one : nodes) {
    const auto found = processes_.find(one.id.text());
    if (found == processes_.end()) continue;
    if (!std::exchange(found->second.seen, true)) retry_ = options_.retry_min;
  }
  reap(now);
  kill_overdue(now);
  start_missing(nodes, now);
}

void local_nodes::reap(instant now) {
  for (auto each = processes_.begin(); each != processes_.end();) {
    int status = 0;
    // In this order: one that ends in between is heard of from its end, which only one of ours tells.
    const bool runs = began_at(each->second.pid) == each->second.began;
    const bool ours = ::waitpid(each->second.pid, &status, WNOHANG) == each->second.pid;
    if (!ours && runs) {
      ++each;
      continue;
    }
    // Of one that was started by somebody before us nobody tells how it ended.
    ended(each->first, each->second, ours ? text_of_ending(status) : "its status is not known", now);
    each = processes_.erase(each);
  }
}

void local_nodes::ended(const std::string& id, const process& which, const std::string& how, instant now) {
  std::error_code failed;
  std::filesystem::remove(pid_file(options_.folder, id), failed);
  if (which.asked != instant{}) {
    log::info("autoscaler", "node has left", {{"member", id}});
    return;
  }
  fail("node " + id + " ended by itself: " + how + ", see " + options_.folder + "/" + id + ".log", now);
}

void local_nodes::kill_overdue(instant now) {
  for (const auto& [id, each] : processes_) {
    if (each.asked == instant{} || now - each.asked < options_.leave_max) continue;
    log::warn("autoscaler", "node did not leave in time and is ended", {{"member", id}});
    ::kill(each.pid, SIGKILL);
  }
}

void local_nodes::start_missing(std::span<const directory::member> nodes, instant now) {
  if (!ordered_) return;
  // Nodes of others are there all the same. One of ours that runs is on its way, wherever it has got to.
  std::size_t there = 0;
  for (const directory::member& one : nodes)
    there += one.stage != directory::stage::draining && !processes_.contains(one.id.text());
  for (const auto& [id, each] : processes_) there += each.asked == instant{};
  for (unsigned i = 0; i < starts_at_once_max && there < ordered_->wanted && now >= next_start_; ++i, ++there)
    start(now);
  const bool done = there >= ordered_->wanted;
  if (done && state_.is != standing::phase::idle) {
    state_.is = standing::phase::idle;
    state_.text.clear();
  }
}

void local_nodes::start(instant now) {
  const std::string id = options_.next_name();
  std::vector<std::string> command = options_.command;
  command.insert(command.end(), {"--member", id});
  const auto pid = start_lasting(options_.program, std::move(command), options_.folder + "/" + id + ".log");
  if (!pid) return fail("a node cannot be started: " + pid.error().message(), now);
  const process one{.pid = *pid, .began = began_at(*pid)};
  std::ofstream(pid_file(options_.folder, id)) << one.pid << ' ' << one.began << '\n';
  processes_.emplace(id, one);
  if (state_.is == standing::phase::idle) state_.is = standing::phase::working;
  log::info("autoscaler", "node started", {{"member", id}, {"pid", std::int64_t{one.pid}}});
}

void local_nodes::fail(std::string why, instant now) {
  log::warn("autoscaler", "node failed", {{"text", why}, {"retry_in", retry_}});
  ++state_.failures;
  state_.is = standing::phase::failing;
  state_.text = std::move(why);
  next_start_ = now + retry_;
  retry_ = std::min(2 * retry_, options_.retry_max);
}

bool local_nodes::can_drain(const directory::member_id& which) const {
  const auto found = processes_.find(which.text());
  return found != processes_.end() && found->second.asked == instant{};
}

scale::actuator::standing local_nodes::state() const {
  return state_;
}

}  // namespace blotter::serve
