#pragma once

#include <vector>

#include "base/check.hpp"
#include "serve/node_core.hpp"
#include "serve/router_core.hpp"

namespace blotter::serve {

/// The links between the router and the nodes of one process: messages are moved through mailboxes. At the
/// router a link's number is that of its core, at a node it is 0.
class own_links final : public node_carrier {
 public:
  explicit own_links(router_core& router) : router_(router) { router.carry_by(*this); }

  /// Before the cores start; nodes in the order of their cores.
  void connect(node_core& node) {
    nodes_.push_back(&node);
    node.link_up(node::link_id{0});
    router_.link_up(router::link_id{static_cast<std::uint32_t>(nodes_.size() - 1)});
  }
  /// On the core of node `number`.
  void to_router(unsigned number, link::to_router&& message) {
    // Bounded by viewers and by the window; refused only when the process ends.
    (void)router_.send(router::link_id{number}, std::move(message));
  }

 private:
  void carry(router::link_id to, link::to_node&& message) override {
    // Rows are bounded by the window and the rest by what the node asked for: a full mailbox is a defect.
    check(nodes_[static_cast<std::uint32_t>(to)]->send(std::move(message)));
  }

  router_core& router_;
  std::vector<node_core*> nodes_;
};

}  // namespace blotter::serve
