#include "link/outbox.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"

namespace blotter::link {

void outbox::put(std::span<const char> bytes) {
  size_ += bytes.size();
  total_ += bytes.size();
  while (!bytes.empty()) {
    if (pieces_.empty() || pieces_.back().end == pieces_.back().capacity) pieces_.push_back({take_block()});
    piece& last = pieces_.back();
    const std::size_t fits = std::min(bytes.size(), last.capacity - last.end);
    std::memcpy(last.block.get() + last.end, bytes.data(), fits);
    last.end += fits;
    bytes = bytes.subspan(fits);
  }
}

outbox::memory outbox::take_block() {
  if (spares_.empty()) return std::make_unique_for_overwrite<std::uint8_t[]>(block_size);
  memory block = std::move(spares_.back());
  spares_.pop_back();
  return block;
}

void outbox::give_back(memory block) {
  if (spares_.size() < spares_max) spares_.push_back(std::move(block));
}

void outbox::put_block(memory block, std::size_t capacity, std::size_t begin) {
  check(begin < capacity);
  size_ += capacity - begin;
  total_ += capacity - begin;
  pieces_.push_back({std::move(block), capacity, begin, capacity});
}

std::size_t outbox::gather(std::span<std::span<const char>> pieces) const {
  const std::size_t count = std::min(pieces.size(), pieces_.size());
  for (std::size_t i = 0; i < count; ++i) {
    const piece& each = pieces_[i];
    pieces[i] = {reinterpret_cast<const char*>(each.block.get()) + each.begin, each.end - each.begin};
  }
  return count;
}

void outbox::written(std::size_t bytes) {
  check(bytes <= size_);
  size_ -= bytes;
  while (bytes > 0) {
    piece& first = pieces_.front();
    const std::size_t taken = std::min(bytes, first.end - first.begin);
    first.begin += taken;
    bytes -= taken;
    if (first.begin < first.end) return;
    if (first.capacity == block_size) give_back(std::move(first.block));
    pieces_.pop_front();
  }
}

}  // namespace blotter::link
