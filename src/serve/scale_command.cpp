#include "serve/scale_command.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "base/log.hpp"

namespace blotter::serve {

namespace {

constexpr std::size_t said_max = 200;
constexpr int reads_max = 16;

/// The shell hands its own arguments on behind the command.
std::string script_of(const std::string& command) {
  return "export SCALE_WANTED=\"$1\" SCALE_DRAINED=\"$2\" SCALE_ATTEMPT=\"$3\"\n"
         "shift 3\n"
         "set -- \"$SCALE_WANTED\" ${SCALE_DRAINED:+\"$SCALE_DRAINED\"}\n" +
         command + " \"$@\"";
}

bool same_end(const scale::order& done, const scale::order& wanted) {
  return done.wanted == wanted.wanted && done.attempt == wanted.attempt &&
         (!wanted.drained || done.drained == wanted.drained);
}

}  // namespace

scale_command::scale_command(scale_command_options options)
    : options_(std::move(options)), chance_(options_.seed), retry_(options_.retry_min) {}

scale_command::~scale_command() {
  if (running_) kill();
}

void scale_command::carry_out(const scale::order& what, instant now) {
  ordered_ = what;
  if (!running_ && due(now)) start(now);
}

void scale_command::tick(std::span<const directory::member>, instant now) {
  if (running_) watch(now);
  if (!running_ && due(now)) start(now);
}

bool scale_command::due(instant now) const {
  return ordered_ && now >= next_ && !(done_ && same_end(*done_, *ordered_));
}

void scale_command::start(instant now) {
  const std::string drained = ordered_->drained ? ordered_->drained->text() : std::string();
  std::vector<std::string> command = {"sh",
                                      "-c",
                                      script_of(options_.command),
                                      "sh",
                                      std::to_string(ordered_->wanted),
                                      drained,
                                      std::to_string(ordered_->attempt)};
  try {
    running_.emplace("/bin/sh", std::move(command), *ordered_, now);
    if (state_.is == standing::phase::idle) state_.is = standing::phase::working;
    log::info("autoscaler", "command started", {{"wanted", ordered_->wanted}, {"drained", drained}});
  } catch (const std::runtime_error& problem) {
    fail(problem.what(), now);
  }
}

void scale_command::watch(instant now) {
  for (int i = 0; i < reads_max; ++i) {
    const std::string more = running_->process.read();
    if (more.empty()) break;
    running_->said += more;
    if (running_->said.size() > said_max) running_->said.erase(0, running_->said.size() - said_max);
  }
  if (const auto status = running_->process.ended()) {
    if (*status == 0) return succeed();
    return fail("the command ended with " + text_of_ending(*status), now);
  }
  if (now - running_->began < options_.time_max) return;
  kill();
  fail("the command did not end within " + std::to_string(options_.time_max.count() / 1000) +
           " s and was killed",
       now);
}

void scale_command::succeed() {
  done_ = running_->order;
  running_.reset();
  state_.is = standing::phase::idle;
  state_.text.clear();
  ++state_.carried_out;
  retry_ = options_.retry_min;
  next_ = {};
}

void scale_command::fail(const std::string& why, instant now) {
  const std::string said = running_ ? running_->said : std::string();
  log::warn("autoscaler", "command failed", {{"text", why}, {"said", said}, {"retry_in", retry_}});
  running_.reset();
  ++state_.failures;
  state_.is = standing::phase::failing;
  state_.text = why;
  // Not all at the same moment, where several wait for the same thing.
  const double spread = 0.8 + 0.4 * chance_.unit();
  next_ = now + milliseconds(static_cast<std::int64_t>(static_cast<double>(retry_.count()) * spread));
  retry_ = std::min(2 * retry_, options_.retry_max);
}

/// The shell leads a group of its own: what it started goes too.
void scale_command::kill() {
  ::kill(-running_->process.pid(), SIGKILL);
  running_->process.signal(SIGKILL);
}

}  // namespace blotter::serve
