#pragma once

#include <memory>
#include <vector>

#include "sim/context.hpp"
#include "sim/node_host.hpp"
#include "sim/viewer.hpp"

namespace blotter::sim {

/// Whoever asks nodes for a client's rows once, and checks the answers: a table is what a viewer would have
/// been shown by then, and a stream can begin where it ends.
class asker {
 public:
  asker(context& all, oracle& log, const std::vector<std::unique_ptr<node_host>>& nodes,
        const std::vector<std::unique_ptr<viewer>>& viewers);

  /// Asks the life's questions, spread over it.
  void begin();
  /// Asks for some clients' rows when all is well: `at_rest` then says whether they were answered.
  void ask_at_rest();
  bool answered() const { return wanted_ == 0; }

 private:
  enum class when : bool { during_faults, at_rest };
  void ask(when asked);
  void check(std::uint32_t client, node_host& from, const std::string& json, when asked);

  context& all_;
  oracle& log_;
  const std::vector<std::unique_ptr<node_host>>& nodes_;
  const std::vector<std::unique_ptr<viewer>>& viewers_;
  random_source random_;
  std::uint32_t wanted_ = 0;  ///< answers at rest
};

}  // namespace blotter::sim
