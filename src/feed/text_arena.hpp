#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace blotter::feed {

/// Text that stays where it was written until the arena goes: a list of blocks, of which the last is written
/// to. What is written is first only room, and becomes text when it is kept, so that a record that turns out
/// to be bad leaves nothing behind. One thread at a time. Moving keeps every address, and leaves an empty
/// arena.
class text_arena {
 public:
  /// The first block: a live feed's batches are some rows each.
  static constexpr std::size_t block_size_min = 8 * 1024;
  /// All others. Small enough to be served again from the allocator's own lists rather than mapped anew.
  static constexpr std::size_t block_size = 64 * 1024;

  text_arena() = default;
  text_arena(text_arena&& other) noexcept { swap(other); }
  text_arena& operator=(text_arena&& other) noexcept {
    text_arena(std::move(other)).swap(*this);
    return *this;
  }

  /// `size` bytes to write to, readable as well, of no known content. The next call may give the same ones
  /// again.
  char* room(std::size_t size) {
    if (size > left_) [[unlikely]]
      add_block(size);
    return free_;
  }
  /// Makes the first `size` bytes of the last `room` text, at most as many as it had.
  void keep(std::size_t size) {
    free_ += size;
    left_ -= size;
    size_ += size;
  }
  /// A lasting copy of `text`.
  std::string_view copy(std::string_view text);

  /// Bytes kept.
  std::size_t size() const { return size_; }

 private:
  void add_block(std::size_t size_min);
  void swap(text_arena& other) noexcept;

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;
  std::size_t left_ = 0;
  std::size_t size_ = 0;
};

}  // namespace blotter::feed
