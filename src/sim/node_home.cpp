#include "sim/node_home.hpp"

#include <algorithm>

#include "sim/node_host.hpp"
#include "sim/router_host.hpp"
#include "sim/wire.hpp"

namespace blotter::sim {

node_home::node_home(context& all, grid& in, home_watcher& watcher, node_host& at,
                     std::span<wire* const> ways, std::uint32_t number, directory::member self)
    : all_(all),
      host_(at),
      ways_(ways),
      home_(all, in, watcher, at, number, std::move(self),
            {[this] { see(); }, [this] { host_.end_soon(); }}) {
  for (wire* each : ways_) each->seek(wire::seeking::no);
}

node_home::~node_home() {
  for (wire* each : ways_) each->seek(wire::seeking::no);
}

void node_home::see() {
  const auto members = home_.members();
  for (wire* each : ways_) {
    const std::string address = each->router().name() + ":1";
    const bool named = std::ranges::any_of(members, [&](const directory::member& one) {
      return one.link_address == address && one.roles.front() == directory::role::router;
    });
    if (named && all_.spoiled.is(sabotage::new_router_unknown) && each->router().life() > 1) continue;
    each->seek(named ? wire::seeking::yes : wire::seeking::no);
  }
}

void node_home::linked(const wire& way, std::uint32_t link) {
  const home* peer = way.router().at_home();
  if (!peer) return;
  peers_.insert_or_assign(link, peer->id());
  home_.set_connected(peer->id(), true);
}

void node_home::unlinked(std::uint32_t link) {
  const auto found = peers_.find(link);
  if (found == peers_.end()) return;
  const directory::member_id peer = found->second;
  peers_.erase(found);
  if (std::ranges::none_of(peers_, [&](const auto& each) { return each.second == peer; }))
    home_.set_connected(peer, false);
}

}  // namespace blotter::sim
