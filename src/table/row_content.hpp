#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>

namespace blotter::table {

/// A row's key and last value, immutable and shared by every table, link and viewer that holds it: one
/// allocation with a 12-byte head, a pointer to hold. Copies and drops may happen on different threads at
/// once.
class row_content {
 public:
  row_content() = default;
  /// Copies both. `key` is at most `row_key_size_max`, `value` at most `row_value_size_max` bytes.
  row_content(std::string_view key, std::string_view value);

  row_content(const row_content& other) noexcept : block_(other.block_) {
    if (block_) block_->holders.fetch_add(1, std::memory_order_relaxed);
  }
  row_content(row_content&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  row_content& operator=(row_content other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~row_content() {
    // The last holder needs no read-modify-write: nobody else can be copying what only it holds.
    if (block_ && (block_->holders.load(std::memory_order_acquire) == 1 ||
                   block_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1))
      release(block_);
  }

  /// Another value for the same key. Writes over the old one where nobody else holds it and it has the room:
  /// saves an allocation a change, and two misses.
  void set_value(std::string_view value);

  std::string_view key() const { return {text(), block_->key_size}; }
  std::string_view value() const { return {text() + block_->key_size, block_->value_size}; }
  /// Bytes of both.
  std::size_t size() const { return std::size_t{block_->key_size} + block_->value_size; }
  explicit operator bool() const { return block_ != nullptr; }

  /// Asks the processor for the bytes that `key` reads: hides a cache miss when many rows are looked up in a
  /// batch.
  void prefetch() const {
    __builtin_prefetch(block_);
    __builtin_prefetch(reinterpret_cast<const char*>(block_) + 64);
  }

 private:
  struct head {
    std::atomic<std::uint32_t> holders;
    std::uint32_t value_size : 24;
    std::uint32_t spare : 8;  ///< bytes allocated behind the value
    std::uint16_t key_size;
  };
  static constexpr std::size_t text_at =
      10;  // right behind key_size: the head's padding would cost 2 bytes a row
  const char* text() const { return reinterpret_cast<const char*>(block_) + text_at; }
  static void release(head* last) noexcept;

  head* block_ = nullptr;
};

}  // namespace blotter::table
