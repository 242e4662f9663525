#pragma once

#include <optional>
#include <string>

#include "base/random.hpp"
#include "scale/actuator.hpp"
#include "serve/child_process.hpp"

namespace blotter::serve {

struct scale_command_options {
  /// For /bin/sh. Behind it stand the number of nodes wanted and, where one is to leave, its name; they are
  /// in the environment too: SCALE_WANTED, SCALE_DRAINED (or empty), SCALE_ATTEMPT.
  std::string command;
  milliseconds time_max{30'000};  ///< then it is killed, with all that it started, and counts as failed
  milliseconds retry_min{1'000};  ///< after a failure; twice as long after each more, with a fifth of chance
  milliseconds retry_max{60'000};
  std::uint64_t seed = 1;
};

/// Has a command bring nodes and take them away. It is run when the order changes, and again until it ends
/// with 0; never two at once. The order that counts is the last one: those that came while it ran are left
/// out. On one core.
class scale_command final : public scale::actuator {
 public:
  explicit scale_command(scale_command_options options);
  ~scale_command() override;

  void carry_out(const scale::order& what, instant now) override;
  void stand_by() override { ordered_.reset(); }
  void tick(std::span<const directory::member> nodes, instant now) override;
  bool can_drain(const directory::member_id&) const override { return true; }
  standing state() const override { return state_; }

 private:
  bool due(instant now) const;
  void start(instant now);
  void watch(instant now);
  void succeed();
  void fail(const std::string& why, instant now);
  void kill();

  const scale_command_options options_;
  random_source chance_;
  std::optional<scale::order> ordered_;
  std::optional<scale::order> done_;
  struct run {
    run(const std::string& script, std::vector<std::string> command, scale::order what_for, instant now)
        : process(script, std::move(command), {}), order(std::move(what_for)), began(now) {}
    child_process process;
    scale::order order;
    instant began;
    std::string said = {};  ///< its last words on stdout
  };
  std::optional<run> running_;
  standing state_;
  milliseconds retry_;
  instant next_{};
};

}  // namespace blotter::serve
