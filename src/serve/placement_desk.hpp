#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "directory/placement_keeper.hpp"
#include "net/core.hpp"
#include "serve/gateway_core.hpp"

namespace blotter::serve {

/// Between a gateway's cores and the directory on the first of them: brings proposals there, and each core
/// what is said of its clients. Lives as long as the process. What waits for a core is bounded: by its own
/// proposals, and by `changes_max` changes; beyond, it is told that some were missed.
class placement_desk final : directory::placement_listener {
 public:
  static constexpr std::size_t changes_max = 4'096;

  /// Both outlive this; the keeper lives on the first core, and is used there alone.
  placement_desk(net::core_set& cores, directory::placement_keeper& keeper);
  ~placement_desk() { keeper_.tell(nullptr); }
  placement_desk(const placement_desk&) = delete;
  placement_desk& operator=(const placement_desk&) = delete;
  /// Takes what the directory says of a core's clients; `doubtful`: and of some it was not heard.
  using hearer = std::function<void(std::span<const gateway_core::word> words, bool doubtful)>;
  /// For each core, before they start, in their order. `hear` is called on that core.
  void add(hearer hear) { desks_.push_back({std::move(hear)}); }
  /// On any core.
  void propose(gateway_core::proposal what);

 private:
  /// Of one core, used on the first.
  struct desk {
    hearer hear;
    std::vector<gateway_core::word> words = {};
    std::size_t changes = 0;  ///< among these
    bool doubtful = false;
    bool due = false;  ///< something is on its way to the core
  };

  void placement_answered(std::string_view client, std::optional<directory::member_id> node) override;
  void placement_changed(std::string_view client, const std::optional<directory::member_id>& node) override;
  void placements_doubtful() override;
  std::size_t core_of(std::string_view client) const;
  void pass_soon(std::size_t core);

  net::core_set& cores_;
  directory::placement_keeper& keeper_;
  std::vector<desk> desks_;
};

}  // namespace blotter::serve
