#include "serve/links_to_serving_nodes.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace blotter::serve {

namespace {

std::uint32_t number(net::link_id which) {
  return static_cast<std::uint32_t>(which);
}

/// "h:1,h:2"; none when one of them is no address.
std::vector<net::endpoint> parse_all(std::string_view text) {
  std::vector<net::endpoint> all;
  while (!text.empty()) {
    const std::string_view first = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), first.size() + 1));
    const auto at = net::endpoint::parse(first);
    if (!at) return {};
    all.push_back(*at);
  }
  return all;
}

}  // namespace

std::vector<serving_node> serving_nodes(std::span<const directory::member> members) {
  std::vector<serving_node> all;
  for (const directory::member& each : members) {
    const bool serves =
        std::find(each.roles.begin(), each.roles.end(), directory::role::node) != each.roles.end();
    if (!serves || each.link_address.empty()) continue;
    serving_node one{each.id.text(), parse_all(each.link_address)};
    if (!one.cores.empty())
      all.push_back(std::move(one));
    else
      log::warn("cluster", "node has no address to link to",
                {{"node", each.id.text()}, {"address", each.link_address}});
  }
  return all;
}

links_to_serving_nodes::links_to_serving_nodes(gateway_core& gateway, net::link_hub_options options,
                                               std::uint64_t seed, watcher watch)
    : gateway_(gateway),
      hub_(gateway.core().loop(), std::move(options), *this),
      seed_(seed),
      watch_(std::move(watch)) {
  gateway.call_by(*this);
}

bool links_to_serving_nodes::is_as_before(const serving_node& node) const {
  const auto found = ways_.find(node.member);
  return found != ways_.end() &&
         std::equal(found->second.begin(), found->second.end(), node.cores.begin(), node.cores.end(),
                    [](const way& mine, const net::endpoint& at) {
                      return mine.connector->target().at.to_string() == at.to_string();
                    });
}

void links_to_serving_nodes::see(const std::vector<serving_node>& nodes) {
  std::erase_if(ways_, [&](const auto& each) {
    return std::none_of(nodes.begin(), nodes.end(), [&](const serving_node& node) {
      return node.member == each.first && is_as_before(node);
    });
  });
  for (const serving_node& node : nodes) {
    if (ways_.contains(node.member)) continue;
    std::vector<way>& mine = ways_[node.member];
    const auto cores = static_cast<std::uint32_t>(node.cores.size());
    for (std::uint32_t core = 0; core < cores; ++core) {
      mine.push_back(
          {core, cores,
           std::make_unique<net::link_connector>(hub_, net::link_target{node.member, node.cores[core]},
                                                 net::redial_options{.waits = {}, .seed = ++seed_})});
      mine.back().connector->start();
    }
  }
}

void links_to_serving_nodes::link_up(net::link_id which, const link::hello& to) {
  peer& mine = peers_[number(which)] = {to.member, false};
  watch_(to.member, true);
  const auto ways = ways_.find(to.member);
  const auto id = directory::member_id::parse(to.member);
  if (ways != ways_.end() && id)
    for (const way& each : ways->second) {
      if (each.connector->link() != which) continue;
      mine.known = true;
      return gateway_.link_up(gateway::link_id{number(which)}, *id, each.core, each.cores);
    }
  hub_.end(which, link::errc::closed_by_us);  // the node has gone, or moved, while it was called
}

void links_to_serving_nodes::received(net::link_id which, link::to_gateway&& message) {
  if (peers_[number(which)].known) gateway_.received(gateway::link_id{number(which)}, std::move(message));
}

void links_to_serving_nodes::link_lost(net::link_id which, const link::ending&) {
  const peer was = std::move(peers_[number(which)]);
  peers_.erase(number(which));
  if (was.known) gateway_.link_lost(gateway::link_id{number(which)});
  watch_(was.member, false);
}

void links_to_serving_nodes::give_up(gateway::link_id which) {
  const auto found = peers_.find(static_cast<std::uint32_t>(which));
  if (found == peers_.end()) return;
  found->second.known = false;
  hub_.end(net::link_id{found->first}, link::errc::out_of_bounds);
}

}  // namespace blotter::serve
