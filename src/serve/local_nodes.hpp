#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "scale/actuator.hpp"

namespace blotter::serve {

struct local_nodes_options {
  std::string program = "/proc/self/exe";
  /// A name and arguments; --member and the node's name are put behind them.
  std::vector<std::string> command;
  /// Where logs go, ID.log, and where it stands which processes are ours, ID.pid. There already.
  std::string folder;
  milliseconds leave_max{15'000};  ///< from SIGTERM to SIGKILL
  milliseconds retry_min{1'000};   ///< after a node that ended by itself; twice as long after each more
  milliseconds retry_max{60'000};
  /// Makes the name of the next node.
  std::function<std::string()> next_name;
};

/// Nodes as processes of this machine. They live on when this process ends, however it ends, and whoever
/// comes next with the same folder has them again: the control plane may fail, viewers do not notice.
///
/// A node that ends without being asked is replaced, slower each time while none comes up. On one core.
class local_nodes final : public scale::actuator {
 public:
  explicit local_nodes(local_nodes_options options);

  void carry_out(const scale::order& what, instant now) override;
  void stand_by() override { ordered_.reset(); }
  void tick(std::span<const directory::member> nodes, instant now) override;
  /// Of those that this machine's processes are.
  bool can_drain(const directory::member_id& which) const override;
  standing state() const override;

 private:
  struct process {
    pid_t pid = 0;
    unsigned long long began = 0;  ///< as the kernel says it: with the pid, this process and no later one
    bool seen = false;             ///< in the directory, at any time
    instant asked{};               ///< to leave; 0: not
  };
  using processes = std::map<std::string, process>;

  void adopt();
  void reap(instant now);
  void ended(const std::string& id, const process& which, const std::string& how, instant now);
  void ask_to_leave(const std::string& id, instant now);
  void kill_overdue(instant now);
  void start_missing(std::span<const directory::member> nodes, instant now);
  void start(instant now);
  void fail(std::string why, instant now);

  const local_nodes_options options_;
  processes processes_;
  std::optional<scale::order> ordered_;
  standing state_;
  milliseconds retry_;
  instant next_start_{};
};

}  // namespace blotter::serve
