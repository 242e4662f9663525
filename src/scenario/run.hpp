#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "scale/account.hpp"
#include "scenario/balancer.hpp"
#include "scenario/placer.hpp"
#include "scenario/sizer.hpp"
#include "scenario/story.hpp"

namespace blotter::scenario {

/// Who places clients and who decides on the size.
struct policy {
  std::string_view name;
  std::string_view sentence;
  placing places = placing::blotter;
  sizing sizes = sizing::blotter;
};
/// Ours first, then those that it is compared with.
std::span<const policy> policies();
std::optional<policy> policy_named(std::string_view name);

/// Nodes that do less have no unevenness that matters.
inline constexpr double busy_min = 0.2;

/// What one minute was like.
struct minute_of {
  double p50 = 0;  ///< of rows' ages at the socket, in seconds
  double p99 = 0;
  double unevenness = 0;  ///< greatest busy fraction of a node over the mean; 0 where less than 2 were there
  double busy = 0;        ///< mean of the nodes
  double load = 0;        ///< what was offered, in nodes
  double nodes = 0;       ///< that were paid for
  double foresight = 0;   ///< nodes that were needed
  std::uint64_t moves = 0;
};

struct outcome {
  policy by;
  std::vector<minute_of> minutes;
  ages rows;  ///< all that counted
  unsigned minutes_over = 0;
  scale::account nodes;  ///< node hours, and those of perfect foresight
  std::uint32_t nodes_most = 0;
  std::uint64_t balanced = 0, handed_over = 0, rehomed = 0;
  /// From the story's upset until unevenness was below 1.2 and stayed there for half a minute.
  std::optional<seconds> even_again;
  double share_error = 0;  ///< greatest difference of a node's load from its capacity's share, as part of it
  row_counts counts;
  double waiting = 0;  ///< rows, in the end
  std::uint64_t digest = 0;

  double freshness(double part) const { return rows.quantile(part); }
  double worst_minute() const;
  /// Of the minutes in which nodes did `busy_min` in the mean, that of which `part` were no more uneven.
  double unevenness(double part) const;
};

/// Lives through a story, with the days before it. The same arguments give the same outcome.
/// `moves` is asked each second, where there is one; it lives through the earlier days as well.
outcome run(const story& told, const policy& by, std::uint64_t seed, balancer* moves = nullptr);

}  // namespace blotter::scenario
