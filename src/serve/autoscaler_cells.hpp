#pragma once

#include <array>

#include "metrics/registry.hpp"
#include "scale/actuator.hpp"
#include "scale/autoscaler.hpp"

namespace blotter::serve {

/// What an autoscaler decided and what it cost, as metrics. On its core.
class autoscaler_cells {
 public:
  explicit autoscaler_cells(metrics::registry& all);

  void decided(const scale::decision& made);
  void publish(const scale::autoscaler& now, const scale::actuator::standing& actuator);

 private:
  std::array<metrics::counter*, scale::causes> by_cause_{};
  std::array<metrics::gauge*, scale::report_faults> by_fault_{};
  metrics::gauge &wanted_, &unbounded_, &serving_, &awaited_, &leaving_, &load_, &expected_, &decides_;
  metrics::counter &used_, &foresight_, &given_up_, &failures_;
};

}  // namespace blotter::serve
