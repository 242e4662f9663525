#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace blotter::table {

/// No slot of a slab.
inline constexpr std::uint32_t no_slot = 0xFFFFFFFF;

/// Objects in numbered slots of fixed blocks: addresses never move, a slot costs its object alone, and
/// growing never copies. Freed slots are used again, the last freed first; memory is given back with the
/// slab. `T` is default constructible; a slot keeps its object when freed, so the owner clears what holds
/// resources.
template <class T, std::uint32_t BlockSize = 4096>
class slab {
  static_assert((BlockSize & (BlockSize - 1)) == 0);

 public:
  T& operator[](std::uint32_t slot) { return blocks_[slot / BlockSize][slot % BlockSize]; }
  const T& operator[](std::uint32_t slot) const { return blocks_[slot / BlockSize][slot % BlockSize]; }

  std::uint32_t take() {
    ++used_;
    if (!free_.empty()) {
      const std::uint32_t slot = free_.back();
      free_.pop_back();
      return slot;
    }
    if (end_ == blocks_.size() * BlockSize) blocks_.push_back(std::make_unique<T[]>(BlockSize));
    return end_++;
  }
  void give_back(std::uint32_t slot) {
    --used_;
    free_.push_back(slot);
  }

  std::uint32_t used() const { return used_; }
  /// One past the highest slot ever taken.
  std::uint32_t end() const { return end_; }

 private:
  std::vector<std::unique_ptr<T[]>> blocks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t end_ = 0;
  std::uint32_t used_ = 0;
};

}  // namespace blotter::table
