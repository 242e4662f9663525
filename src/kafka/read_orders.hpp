#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "table/position.hpp"

namespace blotter::kafka {

/// What other threads have asked of a source, until its own thread looks; see `feed::partition_source`.
/// Bounded: orders add up to one.
class read_orders {
 public:
  struct order {
    table::partition_set partitions;
    table::partition_set
        keep;  ///< of those, the ones that go on if they are being read; the others begin anew
  };

  void assign(const table::partition_set& partitions, const table::partition_set& again);
  /// What was asked since the last time; none when nothing was.
  std::optional<order> take();

  void hear_of(table::generation other);
  /// The latest heard of that is later than `mine`; `mine` if there is none.
  table::generation latest(table::generation mine) const;

 private:
  static constexpr std::size_t heard_max = 16;

  mutable std::mutex mutex_;
  order sum_;
  bool asked_ = false;
  std::map<std::uint64_t, table::generation> heard_;  ///< the latest of each topic, by its name in them
};

}  // namespace blotter::kafka
