#pragma once

#include <array>
#include <cstdint>

#include "base/time.hpp"
#include "metrics/registry.hpp"
#include "net/core.hpp"
#include "node/node.hpp"

namespace blotter::serve {

/// A node core's figures as metrics: written by its core, a few times a second.
class node_cells {
 public:
  explicit node_cells(metrics::registry& all);
  void publish(const node::node& from, const net::core_load& load);
  /// A flush has ended: the first rows that it was for had come so long before.
  void flushed(instant::duration took) { flush_.record(static_cast<std::uint64_t>(took.count())); }

 private:
  metrics::gauge &viewers_, &tables_, &rows_, &busy_, &delay_;
  metrics::counter &events_, &sent_rows_, &bytes_, &opened_, &resumed_, &stuck_, &refused_, &received_;
  std::array<metrics::counter*, 5> resets_{};
  metrics::histogram& flush_;
};

}  // namespace blotter::serve
