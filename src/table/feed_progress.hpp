#pragma once

#include <cstdint>
#include <vector>

#include "base/check.hpp"
#include "table/position.hpp"

namespace blotter::table {

/// How far the feed has been applied, partition by partition, and from where on its deletes are known.
class feed_progress {
 public:
  void clear() {
    all_.clear();
    ++version_;
  }
  /// As if the feed had never spoken of the partition.
  void forget(partition_id partition) {
    of(partition) = {};
    ++version_;
  }
  void set_complete(partition_id partition, record_offset next) { raise(of(partition).complete, next); }
  void raise_horizon(partition_id partition, record_offset offset) { raise(of(partition).horizon, offset); }

  record_offset complete(partition_id partition) const {
    return partition < all_.size() ? all_[partition].complete : 0;
  }
  record_offset horizon(partition_id partition) const {
    return partition < all_.size() ? all_[partition].horizon : 0;
  }
  /// One past the highest partition that was ever spoken of.
  partition_id partitions() const { return static_cast<partition_id>(all_.size()); }
  /// Grows with every change.
  std::uint64_t version() const { return version_; }

 private:
  struct partition_progress {
    record_offset complete = 0;
    record_offset horizon = 0;
  };
  partition_progress& of(partition_id partition) {
    check(partition <= partition_max);
    if (partition >= all_.size()) all_.resize(partition + 1);
    return all_[partition];
  }
  void raise(record_offset& mine, record_offset to) {
    if (to <= mine) return;
    mine = to;
    ++version_;
  }

  std::vector<partition_progress> all_;
  std::uint64_t version_ = 0;
};

}  // namespace blotter::table
