#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "table/position.hpp"
#include "table/slab.hpp"

namespace blotter::node {

/// By partition, the slot of the link that it is read from; `table::no_slot` where there is none.
using link_choice = std::vector<std::uint32_t>;

/// How good a link is: one that is well is preferred to one whose router has lost its feed, and that one to
/// one that is silent, which is never turned to, only stayed with.
enum class link_health : std::uint8_t { silent, without_feed, well };

/// A link that could be chosen.
struct link_offer {
  std::uint32_t link;
  std::uint64_t name;  ///< the same for this link at each choice
  const table::partition_set* serves;
  link_health health;
};

/// Chooses a link for each partition: keeps what nobody would serve better, gives the others to the best link
/// with the fewest, ties by rendezvous. So a lost link moves its own partitions alone.
link_choice choose_links(link_choice now, std::span<const link_offer> offers);

/// The same spread evenly, with as few moves as that takes: no link has two more than a better or equal one
/// that could have taken one of them.
link_choice spread_links(link_choice now, std::span<const link_offer> offers);

/// What it means for one link.
table::partition_set share_of(const link_choice& all, std::uint32_t link);

}  // namespace blotter::node
