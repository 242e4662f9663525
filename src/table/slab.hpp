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
  static_assert((BlockSize & (BlockSize - 1)) == 0 && BlockSize >= 4);

 public:
  T& operator[](std::uint32_t slot) { return blocks_[slot / BlockSize][slot % BlockSize]; }
  const T& operator[](std::uint32_t slot) const { return blocks_[slot / BlockSize][slot % BlockSize]; }

  /// Neighbouring slots set aside for objects that are read together.
  struct run {
    static constexpr std::uint32_t size = 4;
    std::uint32_t next = 0;
    std::uint32_t left = 0;
  };

  std::uint32_t take() {
    run alone;
    const std::uint32_t slot = take_near(alone);
    give_up(alone);
    return slot;
  }
  /// A slot beside those taken with this run before, where there is one: four rows of one table then cost one
  /// or two cache misses, not four.
  std::uint32_t take_near(run& near) {
    ++used_;
    if (near.left == 0) {
      if (!free_.empty()) {
        const std::uint32_t slot = free_.back();
        free_.pop_back();
        return slot;
      }
      if (end_ == blocks_.size() * BlockSize) blocks_.push_back(std::make_unique<T[]>(BlockSize));
      near = {end_, run::size};
      end_ += run::size;
    }
    --near.left;
    return near.next++;
  }
  /// What is left of a run becomes free for all.
  void give_up(run& near) {
    for (; near.left > 0; --near.left) free_.push_back(near.next + near.left - 1);
  }
  void give_back(std::uint32_t slot) {
    --used_;
    free_.push_back(slot);
  }

  std::uint32_t used() const { return used_; }
  /// One past the highest slot ever taken or set aside.
  std::uint32_t end() const { return end_; }

 private:
  std::vector<std::unique_ptr<T[]>> blocks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t end_ = 0;
  std::uint32_t used_ = 0;
};

}  // namespace blotter::table
