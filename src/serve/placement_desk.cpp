#include "serve/placement_desk.hpp"

#include <chrono>
#include <utility>

#include "directory/rendezvous.hpp"

namespace blotter::serve {

placement_desk::placement_desk(net::core_set& cores, directory::placement_keeper& keeper)
    : cores_(cores), keeper_(keeper) {
  keeper_.tell(this);
}

void placement_desk::propose(gateway_core::proposal what) {
  cores_[0].post([this, what = std::move(what)] {
    const bool asked =
        keeper_.propose(what.client, what.node, what.instead_of, std::chrono::steady_clock::now());
    if (!asked) placement_answered(what.client, std::nullopt);
  });
}

void placement_desk::placement_answered(std::string_view client, std::optional<directory::member_id> node) {
  desk& mine = desk_of(client);
  mine.words.push_back({std::string(client), std::move(node), gateway_core::word::kind::answer});
  pass_soon(mine);
}

void placement_desk::placement_changed(std::string_view client,
                                       const std::optional<directory::member_id>& node) {
  desk& mine = desk_of(client);
  if (mine.changes == changes_max) {
    mine.doubtful = true;
    return;
  }
  ++mine.changes;
  mine.words.push_back({std::string(client), node, gateway_core::word::kind::change});
  pass_soon(mine);
}

void placement_desk::placements_doubtful() {
  for (desk& each : desks_) {
    each.doubtful = true;
    pass_soon(each);
  }
}

placement_desk::desk& placement_desk::desk_of(std::string_view client) {
  return desks_[directory::core_of(client, static_cast<std::uint32_t>(desks_.size()))];
}

/// All that comes in one turn at once; and no more while the core has not taken that.
void placement_desk::pass_soon(desk& which) {
  if (std::exchange(which.due, true)) return;
  cores_[0].post([this, &which] {
    which.to->core().post([this, &which, words = std::exchange(which.words, {}),
                           doubtful = std::exchange(which.doubtful, false)] {
      which.to->hear(words, doubtful);
      cores_[0].post([this, &which] {
        which.due = false;
        if (!which.words.empty() || which.doubtful) pass_soon(which);
      });
    });
    which.changes = 0;
  });
}

}  // namespace blotter::serve
