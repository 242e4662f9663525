#pragma once

#include <array>

#include "metrics/registry.hpp"
#include "net/core.hpp"
#include "node/node.hpp"

namespace blotter::serve {

/// A node core's figures as metrics: written by its core, a few times a second.
class node_cells {
 public:
  explicit node_cells(metrics::registry& all);
  void publish(const node::node& from, const net::core_load& load);

 private:
  metrics::gauge &viewers_, &tables_, &rows_, &busy_, &delay_;
  metrics::counter &events_, &sent_rows_, &bytes_, &opened_, &resumed_, &stuck_, &refused_, &received_;
  std::array<metrics::counter*, 5> resets_{};
};

}  // namespace blotter::serve
