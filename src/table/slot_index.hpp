#pragma once

#include <cstdint>
#include <vector>

#include "table/slab.hpp"

namespace blotter::table {

/// A hash index from a 32-bit hash to slots of a slab: open addressing, linear probing, backward-shift
/// deletion (Knuth 6.4 R), 8 bytes an entry, at most 4/5 full. The caller compares the object behind a slot:
/// equal hashes happen. Buckets are in order of hash, so that growing copies front to back (about 4 ms for 1
/// M entries) and keeps locality.
class slot_index {
 public:
  slot_index() : entries_(capacity_min) {}

  /// The slot with this hash for which `same(slot)` holds, or `no_slot`.
  template <class Same>
  std::uint32_t find(std::uint32_t hash, Same&& same) const {
    for (std::size_t at = home(hash); entries_[at].slot != no_slot; at = next(at))
      if (entries_[at].hash == hash && same(entries_[at].slot)) return entries_[at].slot;
    return no_slot;
  }

  /// Adds a slot that is not there yet.
  void insert(std::uint32_t hash, std::uint32_t slot) {
    if ((size_ + 1) * 5 > entries_.size() * 4) grow();
    place({hash, slot});
    ++size_;
  }

  /// Removes a slot that is there.
  void erase(std::uint32_t hash, std::uint32_t slot) {
    std::size_t hole = home(hash);
    while (entries_[hole].slot != slot) hole = next(hole);
    --size_;
    for (std::size_t at = next(hole); entries_[at].slot != no_slot; at = next(at)) {
      // An entry may move back into the hole unless its home lies between the hole and itself.
      const std::size_t from_home = distance(home(entries_[at].hash), at);
      if (from_home >= distance(hole, at)) {
        entries_[hole] = entries_[at];
        hole = at;
      }
    }
    entries_[hole] = {};
  }

  void prefetch(std::uint32_t hash) const { __builtin_prefetch(&entries_[home(hash)]); }

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const { return entries_.capacity() * sizeof(entry); }

 private:
  struct entry {
    std::uint32_t hash = 0;
    std::uint32_t slot = no_slot;
  };
  static constexpr std::size_t capacity_min = 16;

  std::size_t home(std::uint32_t hash) const { return (std::uint64_t{hash} * entries_.size()) >> 32; }
  std::size_t next(std::size_t at) const { return at + 1 == entries_.size() ? 0 : at + 1; }
  std::size_t distance(std::size_t from, std::size_t to) const {
    return to >= from ? to - from : to + entries_.size() - from;
  }
  void place(entry what) {
    std::size_t at = home(what.hash);
    while (entries_[at].slot != no_slot) at = next(at);
    entries_[at] = what;
  }
  void grow() {
    std::vector<entry> old(entries_.size() + entries_.size() / 2);
    old.swap(entries_);
    for (const entry& each : old)
      if (each.slot != no_slot) place(each);
  }

  std::vector<entry> entries_;
  std::size_t size_ = 0;
};

}  // namespace blotter::table
