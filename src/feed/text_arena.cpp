#include "feed/text_arena.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace blotter::feed {

std::string_view text_arena::copy(std::string_view text) {
  if (text.empty()) return {};
  char* to = room(text.size());
  std::memcpy(to, text.data(), text.size());
  keep(text.size());
  return {to, text.size()};
}

void text_arena::add_block(std::size_t size_min) {
  const std::size_t size = std::max(size_min, blocks_.empty() ? block_size_min : block_size);
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
  free_ = blocks_.back().get();
  left_ = size;
}

void text_arena::swap(text_arena& other) noexcept {
  std::swap(blocks_, other.blocks_);
  std::swap(free_, other.free_);
  std::swap(left_, other.left_);
  std::swap(size_, other.size_);
}

}  // namespace blotter::feed
