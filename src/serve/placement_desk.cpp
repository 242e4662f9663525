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
  const std::size_t core = core_of(client);
  desks_[core].words.push_back({std::string(client), std::move(node), gateway_core::word::kind::answer});
  pass_soon(core);
}

void placement_desk::placement_changed(std::string_view client,
                                       const std::optional<directory::member_id>& node) {
  const std::size_t core = core_of(client);
  desk& mine = desks_[core];
  if (mine.changes < changes_max) {
    ++mine.changes;
    mine.words.push_back({std::string(client), node, gateway_core::word::kind::change});
  } else {
    mine.doubtful = true;
  }
  pass_soon(core);
}

void placement_desk::placements_doubtful() {
  for (std::size_t core = 0; core < desks_.size(); ++core) {
    desks_[core].doubtful = true;
    pass_soon(core);
  }
}

std::size_t placement_desk::core_of(std::string_view client) const {
  return directory::core_of(client, static_cast<std::uint32_t>(desks_.size()));
}

/// All that comes in one turn at once; and no more while the core has not taken that.
void placement_desk::pass_soon(std::size_t core) {
  if (std::exchange(desks_[core].due, true)) return;
  cores_[0].post([this, core] {
    desk& mine = desks_[core];
    mine.changes = 0;
    cores_[static_cast<unsigned>(core)].post(
        [this, core, words = std::exchange(mine.words, {}), doubtful = std::exchange(mine.doubtful, false)] {
          desks_[core].hear(words, doubtful);
          cores_[0].post([this, core] {
            desk& heard = desks_[core];
            heard.due = false;
            if (!heard.words.empty() || heard.doubtful) pass_soon(core);
          });
        });
  });
}

}  // namespace blotter::serve
