#include "link/outbox.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"

namespace blotter::link {

void outbox::put(std::span<const char> bytes) {
  size_ += bytes.size();
  total_ += bytes.size();
  while (!bytes.empty()) {
    if (blocks_.empty() || end_ == block_size) {
      if (spares_.empty()) {
        blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size));
      } else {
        blocks_.push_back(std::move(spares_.back()));
        spares_.pop_back();
      }
      end_ = 0;
    }
    const std::size_t fits = std::min(bytes.size(), block_size - end_);
    std::memcpy(blocks_.back().get() + end_, bytes.data(), fits);
    end_ += fits;
    bytes = bytes.subspan(fits);
  }
}

std::size_t outbox::gather(std::span<std::span<const char>> pieces) const {
  const std::size_t count = std::min(pieces.size(), blocks_.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = i == 0 ? begin_ : 0;
    const std::size_t to = i + 1 == blocks_.size() ? end_ : block_size;
    pieces[i] = {blocks_[i].get() + from, to - from};
  }
  return count;
}

void outbox::written(std::size_t bytes) {
  check(bytes <= size_);
  size_ -= bytes;
  begin_ += bytes;
  while (begin_ >= block_size || (size_ == 0 && !blocks_.empty())) {
    if (spares_.size() < spares_max) spares_.push_back(std::move(blocks_.front()));
    blocks_.pop_front();
    begin_ = size_ == 0 ? 0 : begin_ - block_size;
  }
}

}  // namespace blotter::link
