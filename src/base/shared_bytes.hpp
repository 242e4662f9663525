#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>

namespace blotter {

/// Immutable bytes that any number of holders on any core share; freed with the last of them. One allocation,
/// a pointer to hold. Copies and drops may happen on different threads at once; the bytes never change.
class shared_bytes {
 public:
  shared_bytes() = default;
  /// A copy of `text`, at most 4 GiB.
  explicit shared_bytes(std::string_view text);

  shared_bytes(const shared_bytes& other) noexcept : block_(other.block_) {
    if (block_) block_->holders.fetch_add(1, std::memory_order_relaxed);
  }
  shared_bytes(shared_bytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  shared_bytes& operator=(shared_bytes other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~shared_bytes() {
    if (block_ && block_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) release(block_);
  }

  std::string_view view() const {
    return block_ ? std::string_view(reinterpret_cast<const char*>(block_ + 1), block_->size)
                  : std::string_view();
  }
  std::size_t size() const { return block_ ? block_->size : 0; }
  bool empty() const { return size() == 0; }

 private:
  struct block {
    std::atomic<std::uint32_t> holders;
    std::uint32_t size;
  };
  static void release(block* last) noexcept;

  block* block_ = nullptr;
};

}  // namespace blotter
