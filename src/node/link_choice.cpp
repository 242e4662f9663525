#include "node/link_choice.hpp"

#include <algorithm>

namespace blotter::node {

namespace {

class counter {
 public:
  counter(const link_choice& all, std::span<const link_offer> offers) : offers_(offers), of_(offers.size()) {
    for (const std::uint32_t link : all)
      if (const std::size_t at = find(link); at < of_.size()) ++of_[at];
  }

  std::size_t find(std::uint32_t link) const {
    return static_cast<std::size_t>(std::ranges::find(offers_, link, &link_offer::link) - offers_.begin());
  }
  bool serves(std::size_t at, table::partition_id partition) const {
    return at < offers_.size() && offers_[at].serves->has(partition);
  }
  std::uint32_t link(std::size_t at) const { return offers_[at].link; }
  std::size_t& of(std::size_t at) { return of_[at]; }

  /// The best one with the fewest; past the end where none serves the partition.
  std::size_t least(table::partition_id partition) const {
    std::size_t best = offers_.size();
    for (std::size_t at = 0; at < offers_.size(); ++at) {
      if (!serves(at, partition) || offers_[at].health == link_health::silent) continue;
      if (best == offers_.size() || is_better(at, best, partition)) best = at;
    }
    return best;
  }

 private:
  bool is_better(std::size_t at, std::size_t than, table::partition_id partition) const {
    if (offers_[at].health != offers_[than].health) return offers_[at].health > offers_[than].health;
    if (of_[at] != of_[than]) return of_[at] < of_[than];
    return score(at, partition) > score(than, partition);
  }
  std::uint64_t score(std::size_t at, table::partition_id partition) const {
    std::uint64_t mixed = (offers_[at].name ^ (std::uint64_t{partition} << 32)) * 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93u;
    return mixed ^ (mixed >> 32);
  }

  std::span<const link_offer> offers_;
  std::vector<std::size_t> of_;
};

}  // namespace

link_choice choose_links(link_choice now, std::span<const link_offer> offers) {
  std::vector<table::partition_id> open;
  for (table::partition_id p = 0; p < now.size(); ++p) {
    const auto mine = std::ranges::find(offers, now[p], &link_offer::link);
    const bool served = mine != offers.end() && mine->serves->has(p);
    const bool better = std::ranges::any_of(offers, [&](const link_offer& each) {
      return each.serves->has(p) && each.health > (served ? mine->health : link_health::silent);
    });
    if (served && !better) continue;
    now[p] = table::no_slot;
    if (better) open.push_back(p);
  }
  counter count(now, offers);
  for (const table::partition_id p : open) {
    const std::size_t at = count.least(p);
    now[p] = count.link(at);
    ++count.of(at);
  }
  return now;
}

link_choice spread_links(link_choice now, std::span<const link_offer> offers) {
  counter count(now, offers);
  for (bool moved = true; moved;) {
    moved = false;
    for (table::partition_id p = 0; p < now.size(); ++p) {
      const std::size_t from = count.find(now[p]);
      const std::size_t to = count.least(p);
      if (from >= offers.size() || to >= offers.size() || count.of(from) < count.of(to) + 2) continue;
      now[p] = count.link(to);
      --count.of(from);
      ++count.of(to);
      moved = true;
    }
  }
  return now;
}

table::partition_set share_of(const link_choice& all, std::uint32_t link) {
  table::partition_set share;
  for (table::partition_id p = 0; p < all.size(); ++p)
    if (all[p] == link) share.add(p);
  return share;
}

}  // namespace blotter::node
