#pragma once

#include <array>

#include "gateway/gateway.hpp"
#include "metrics/registry.hpp"
#include "net/core.hpp"

namespace blotter::serve {

/// A gateway core's figures as metrics: written by its core, a few times a second; ways to another node as
/// they happen.
class gateway_cells {
 public:
  explicit gateway_cells(metrics::registry& all);
  void publish(const gateway::gateway& from, const net::core_load& load);
  void record(const gateway::reroute& what);

 private:
  /// Of one cause.
  struct way {
    metrics::counter* count;
    metrics::histogram* taken;
    metrics::histogram* gap;
  };
  metrics::gauge &viewers_, &busy_, &delay_;
  metrics::counter &passed_, &bytes_, &opened_, &refused_, &overloaded_, &stuck_, &streams_, &stale_,
      &suspicions_, &taken_back_, &self_suspicions_, &resets_, &broken_, &proposals_, &proposals_lost_,
      &proposals_replacing_, &proposals_dropped_, &proposals_failed_;
  std::array<way, gateway::cause_count> ways_{};
};

}  // namespace blotter::serve
