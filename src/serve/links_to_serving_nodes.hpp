#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "directory/member.hpp"
#include "net/link_connector.hpp"
#include "net/link_hub.hpp"
#include "serve/gateway_core.hpp"

namespace blotter::serve {

/// A node and where each of its cores takes links.
struct serving_node {
  std::string member;
  std::vector<net::endpoint> cores;
};
/// Those among the members; what the directory says ill-formed of one leaves it out.
std::vector<serving_node> serving_nodes(std::span<const directory::member> members);

/// The links of a gateway's core to the nodes of the cluster: one to each core of each that the directory
/// names, and to those that it has lost as long as they answer. On that core, or before it starts.
class links_to_serving_nodes final : net::link_owner<link::to_gateway>, node_caller {
 public:
  /// Told when a link to a node comes or goes.
  using watcher = std::function<void(const std::string& member, bool linked)>;

  links_to_serving_nodes(gateway_core& gateway, net::link_hub_options options, std::uint64_t seed,
                         watcher watch);

  /// Every node that there is.
  void see(const std::vector<serving_node>& nodes);
  const net::link_figures& figures() const { return hub_.figures(); }

 private:
  /// The way to one core of a node.
  struct way {
    std::uint32_t core;
    std::uint32_t cores;
    std::unique_ptr<net::link_connector> connector;
  };

  // net::link_owner
  void link_up(net::link_id which, const link::hello& peer) override;
  void received(net::link_id which, link::to_gateway&& message) override;
  void received_all(net::link_id) override { gateway_.received_all(); }
  void link_lost(net::link_id which, const link::ending& why) override;
  // node_caller
  void carry(gateway::link_id to, const link::to_serving_node& message) override {
    hub_.send(net::link_id{static_cast<std::uint32_t>(to)}, message);
  }
  void give_up(gateway::link_id which) override;

  bool is_as_before(const serving_node& node) const;

  gateway_core& gateway_;
  net::gateway_links hub_;
  std::uint64_t seed_;
  const watcher watch_;
  std::unordered_map<std::string, std::vector<way>> ways_;  ///< by member
  struct peer {
    std::string member;
    bool known;  ///< to the gateway
  };
  std::unordered_map<std::uint32_t, peer> peers_;
};

}  // namespace blotter::serve
