#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "scenario/fleet.hpp"

namespace blotter::scenario {

/// Some of a client's viewers on one node, with what they make it do.
struct client_load {
  client_number who = 0;
  node_number on = 0;
  std::uint32_t viewers = 0;
  double rows_per_second = 0;  ///< to each of them
  std::uint32_t table_rows = 0;
};
inline constexpr std::size_t heaviest_max = 64;

/// What a router knows of the fleet.
class balance_view {
 public:
  /// Both outlive it.
  balance_view(const fleet& all, const factors& busy, instant now) : all_(all), busy_(busy), now_(now) {}

  instant now() const { return now_; }
  /// With reports of a second ago; `fleet::number_of` says which node a member is.
  const std::vector<directory::member>& members() const { return all_.members(); }
  unsigned loops(node_number of) const { return all_.nodes()[of].kind.loops; }
  /// How long it took in the last second to answer over its link, through its busiest loop.
  milliseconds response(node_number of) const { return all_.nodes()[of].response; }
  const client& who(client_number number) const { return all_.clients()[number]; }
  std::uint64_t clients() const { return all_.connected(); }
  /// Of the busiest loop of each node that serves, at most `heaviest_max`, the heaviest first; nodes in their
  /// order. Takes a while: only to be asked for when a decision is due.
  std::vector<client_load> heaviest() const;

 private:
  const fleet& all_;
  const factors& busy_;
  instant now_;
};

/// Moves clients between nodes that serve, and weighs nodes for those that come. There is none yet: what will
/// decide on moves is tried here behind this interface. It is asked each second, and has periods of its own;
/// a move is done within the second, make before break, and one that cannot be (the client has left, the node
/// is gone) is left out.
class balancer {
 public:
  virtual ~balancer() = default;

  struct move {
    client_number who = 0;
    node_number from = 0;
    node_number to = 0;
    std::uint32_t viewers = 0;  ///< fewer than it has there splits the client
  };
  struct weight {
    node_number node = 0;
    std::uint32_t eighths = 8;
  };
  struct decision {
    std::vector<move> moves = {};
    std::vector<weight> weights = {};  ///< only those that change
  };
  virtual decision look(const balance_view& seen) = 0;
};

}  // namespace blotter::scenario
