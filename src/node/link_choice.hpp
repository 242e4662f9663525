#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "table/partition_set.hpp"
#include "table/slab.hpp"

namespace blotter::node {

/// By partition, the slot of the link that it is read from; `table::no_slot` where there is none.
using link_choice = std::vector<std::uint32_t>;

/// A link that could be chosen.
struct link_offer {
  std::uint32_t link;
  std::uint64_t name;  ///< the same for this link at each choice
  const table::partition_set* serves;
  bool well;  ///< heard lately, and its router at the end of the feed: preferred to all that are not
};

/// Chooses a link for each partition: keeps what is served well, and what nobody would serve better; gives
/// the others to the well one with the fewest, ties by rendezvous. So a lost link moves its own partitions
/// alone.
link_choice choose_links(link_choice now, std::span<const link_offer> offers);

/// The same spread evenly, with as few moves as that takes: no well link has two more than another one that
/// could have taken one of them.
link_choice spread_links(link_choice now, std::span<const link_offer> offers);

/// What it means for one link.
table::partition_set share_of(const link_choice& all, std::uint32_t link);

}  // namespace blotter::node
