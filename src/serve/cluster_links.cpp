#include "serve/cluster_links.hpp"

#include <algorithm>
#include <utility>

namespace blotter::serve {

namespace {

std::uint32_t number(net::link_id which) {
  return static_cast<std::uint32_t>(which);
}

bool same(const net::link_target& a, const net::link_target& b) {
  return a.member == b.member && a.at.to_string() == b.at.to_string();
}

}  // namespace

links_to_routers::links_to_routers(node_core& node, net::link_hub_options options, std::uint64_t seed,
                                   watcher watch)
    : node_(node),
      hub_(node.core().loop(), std::move(options), *this),
      seed_(seed),
      watch_(std::move(watch)) {}

void links_to_routers::see(const std::vector<net::link_target>& routers, const std::string& topic) {
  hub_.set_topic(topic);
  std::erase_if(connectors_, [&](const auto& each) {
    return std::none_of(routers.begin(), routers.end(),
                        [&](const net::link_target& router) { return same(router, each.second->target()); });
  });
  for (const net::link_target& router : routers) {
    auto& connector = connectors_[router.member];
    if (connector) continue;
    connector =
        std::make_unique<net::link_connector>(hub_, router, net::redial_options{.waits = {}, .seed = seed_});
    connector->start();
  }
}

void links_to_routers::end_all() {
  connectors_.clear();
  hub_.end_all();
}

void links_to_routers::link_up(net::link_id which, const link::hello& peer) {
  peers_[number(which)] = peer.member;
  node_.link_up(node::link_id{number(which)});
  watch_(peer.member, true);
}

void links_to_routers::received(net::link_id which, link::to_node&& message) {
  node_.received(node::link_id{number(which)}, std::move(message));
}

void links_to_routers::link_lost(net::link_id which, const link::ending&) {
  const std::string member = std::move(peers_[number(which)]);
  peers_.erase(number(which));
  node_.link_lost(node::link_id{number(which)});
  watch_(member, false);
}

links_to_nodes::links_to_nodes(router_core& router, net::core& on, net::link_hub_options options,
                               const net::endpoint& at, watcher watch)
    : router_(router),
      hub_(on.loop(), std::move(options), *this),
      watch_(std::move(watch)),
      listener_(hub_, at, "--link") {
  router_.carry_by(*this);
}

void links_to_nodes::end_all() {
  listener_.close();
  hub_.end_all();
}

void links_to_nodes::link_up(net::link_id which, const link::hello& peer) {
  peers_[number(which)] = peer.member;
  router_.link_up(router::link_id{number(which)});
  watch_(peer.member, true);
}

void links_to_nodes::received(net::link_id which, link::to_router&& message) {
  router_.received(router::link_id{number(which)}, std::move(message));
}

void links_to_nodes::link_lost(net::link_id which, const link::ending&) {
  const std::string member = std::move(peers_[number(which)]);
  peers_.erase(number(which));
  router_.link_lost(router::link_id{number(which)});
  watch_(member, false);
}

}  // namespace blotter::serve
