#pragma once

#include <optional>
#include <string>
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
  /// Before the cores start, in their order.
  void add(gateway_core& on) { desks_.push_back({&on}); }
  /// On any core.
  void propose(gateway_core::proposal what);

 private:
  /// Of one core, used on the first.
  struct desk {
    gateway_core* to;
    std::vector<gateway_core::word> words = {};
    std::size_t changes = 0;  ///< among these
    bool doubtful = false;
    bool due = false;
  };

  void placement_answered(std::string_view client, std::optional<directory::member_id> node) override;
  void placement_changed(std::string_view client, const std::optional<directory::member_id>& node) override;
  void placements_doubtful() override;
  desk& desk_of(std::string_view client);
  void pass_soon(desk& which);

  net::core_set& cores_;
  directory::placement_keeper& keeper_;
  std::vector<desk> desks_;
};

}  // namespace blotter::serve
