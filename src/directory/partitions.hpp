#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/partition_set.hpp"
#include "directory/member.hpp"

namespace blotter::directory {

/// A router that partitions may be given to. One that has no room left keeps what it holds and gets no more.
struct partition_taker {
  member_id id;
  intake room = intake::open;
  partition_set held = {};  ///< read only of one that is full

  friend bool operator==(const partition_taker&, const partition_taker&) = default;
};

/// Which routers hold which partitions.
class assignment {
 public:
  /// Holders of a partition as indices into the takers, the one that wants it most first.
  std::span<const std::uint32_t> holders(std::uint32_t partition) const;
  /// What taker `index` holds.
  partition_set of(std::uint32_t index) const;
  bool gives(std::uint32_t partition, std::uint32_t index) const;
  std::uint32_t partitions() const { return static_cast<std::uint32_t>(holders_.size()); }

 private:
  friend assignment assign_partitions(std::uint32_t, std::uint32_t, std::span<const partition_taker>);
  std::vector<std::vector<std::uint32_t>> holders_;
};

/// Puts each partition on `replicas` of the takers, or on all of them if there are fewer: on those that want
/// it most by rendezvous; then, while one holds more than 1/8 over the mean, or less than 1/8 under it, the
/// partition moves from it, or to it, that loses the least in wanting. (Rendezvous alone is off by a third at
/// 64 partitions and 5 routers.) Both bounds are those whole numbers that leave room for the mean.
///
/// A pure function: whoever knows the same takers, in whatever order, gets the same answer. One that joins or
/// leaves moves little more than what it takes or had: 1.1 times that in the mean at 64 partitions and 5
/// routers, 1.4 at worst. Full takers can make the bounds impossible; then it goes as far as it can.
///
/// `partitions` is at most `partitions_max`; takers have different ids.
assignment assign_partitions(std::uint32_t partitions, std::uint32_t replicas,
                             std::span<const partition_taker> takers);

}  // namespace blotter::directory
