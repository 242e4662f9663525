#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "scenario/run.hpp"

namespace blotter::scenario {

/// Measures a fleet, second by second, and makes minutes of them. Demand, and so perfect foresight, is what
/// `scale::nodes_for` says of the rows that were really offered, evenly spread over usual nodes.
class gauge {
 public:
  explicit gauge(const story& told) : told_(told) {}

  /// How old the rows were that are sent in this minute.
  ages& written() { return minute_rows_; }
  /// A second is over, in which `offered` rows were to be sent.
  void add(seconds at, const fleet& all, double offered, instant now);
  outcome result(const policy& by, const fleet& all) const;

 private:
  struct node_minute {
    double busy = 0;  ///< sum over its seconds
    unsigned seconds = 0;
    double recent = 0;  ///< mean of about 10 s
  };
  void see_nodes(const fleet& all);
  void see_evenness(seconds at, const fleet& all);
  void end_minute(const fleet& all);

  const story& told_;
  outcome sum_;
  ages minute_rows_;
  minute_of minute_;
  unsigned seconds_ = 0;
  std::vector<node_minute> nodes_;
  std::uint64_t moves_before_ = 0;
  std::vector<double> loads_;  ///< by node, of all the time
  std::optional<seconds> even_since_;
};

}  // namespace blotter::scenario
