#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/link_connector.hpp"
#include "net/link_hub.hpp"
#include "net/link_listener.hpp"
#include "serve/node_core.hpp"
#include "serve/router_core.hpp"

namespace blotter::serve {

/// The links of a node's core to the routers of the cluster: one to each that the directory names, and to
/// those that it has lost as long as they answer. On that core, or before it starts.
class links_to_routers final : net::link_owner<link::to_node> {
 public:
  /// Told when a link to a router comes or goes.
  using watcher = std::function<void(const std::string& member, bool linked)>;

  links_to_routers(node_core& node, net::link_hub_options options, std::uint64_t seed, watcher watch);

  /// Every router that there is and where it takes links. Whoever answers there is of that topic, or of none
  /// that it names, or is refused.
  void see(const std::vector<net::link_target>& routers, const std::string& topic);
  void send(node::link_id to, const link::to_router& message) {
    hub_.send(net::link_id{static_cast<std::uint32_t>(to)}, message);
  }
  /// Every router is told that this node leaves.
  void end_all();

 private:
  // net::link_owner
  void link_up(net::link_id which, const link::hello& peer) override;
  void received(net::link_id which, link::to_node&& message) override;
  void received_all(net::link_id) override { node_.received_all(); }
  void link_lost(net::link_id which, const link::ending& why) override;

  node_core& node_;
  net::node_links hub_;
  const std::uint64_t seed_;
  const watcher watch_;
  std::unordered_map<std::string, std::unique_ptr<net::link_connector>> connectors_;  ///< by member
  std::unordered_map<std::uint32_t, std::string> peers_;
};

/// The links of a router's core to the nodes of the cluster, which call it. On that core, or before it
/// starts.
class links_to_nodes final : net::link_owner<link::to_router>, public node_carrier {
 public:
  /// Told when a link of a node comes or goes.
  using watcher = std::function<void(const std::string& member, bool linked)>;

  /// Opens the port; throws std::runtime_error with a sentence that names --link when it cannot be had.
  links_to_nodes(router_core& router, net::core& on, net::link_hub_options options, const net::endpoint& at,
                 watcher watch);

  void start() { listener_.start(); }
  /// With the port found.
  const net::endpoint& at() const { return listener_.at(); }
  void end_all();
  const net::link_figures& figures() const { return hub_.figures(); }

 private:
  // net::link_owner
  void link_up(net::link_id which, const link::hello& peer) override;
  void received(net::link_id which, link::to_router&& message) override;
  void received_all(net::link_id) override { router_.received_all(); }
  void link_lost(net::link_id which, const link::ending& why) override;
  // node_carrier
  void carry(router::link_id to, link::to_node&& message) override {
    hub_.send(net::link_id{static_cast<std::uint32_t>(to)}, message);
  }

  router_core& router_;
  net::router_links hub_;
  const watcher watch_;
  std::unordered_map<std::uint32_t, std::string> peers_;
  net::link_listener listener_;
};

}  // namespace blotter::serve
