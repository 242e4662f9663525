#pragma once

#include <cstdint>

namespace blotter::scale {

// How many nodes a load needs. Load is in nodes: the sum of what the busiest loop of each node does, so
// that 2.4 is what keeps 2.4 nodes wholly busy. All of it leaves room to lose one node at any moment.

/// What the nodes that are left may be busy after one was lost: above it their delays grow without bound.
inline constexpr double busy_after_loss_max = 0.85;
/// A node is taken away only where those that stay are then below this part of their band's top; less room
/// than that and it would be ordered back with the next gust.
inline constexpr double shrink_margin = 0.8;
/// No load needs more: what is above comes of reports that are wrong together.
inline constexpr std::uint32_t nodes_bound = 1'000'000;

/// How busy each of `nodes` may be: `target`, or less where they are too few to lose one. A lone node, which
/// cannot be lost at all, may be half of what it could.
double band_top(std::uint32_t nodes, double target);

/// The fewest nodes that carry `load` within their band, at least 1: more than one for any load that a lone
/// node should not have. `load` is not negative, and finite.
std::uint32_t nodes_for(double load, double target);

/// Whether `nodes` carry `load` with so much room that there may be as few.
bool carry_easily(double load, std::uint32_t nodes, double target);

}  // namespace blotter::scale
