#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

namespace blotter::link {

/// Bytes on their way out, in blocks that do not move: what is being written stays where it is while more is
/// put behind it. As large as what waits, up to a block more; its owner bounds it.
class outbox {
 public:
  using memory = std::unique_ptr<std::uint8_t[]>;
  static constexpr std::size_t block_size = 80 * 1024;

  void put(std::span<const char> bytes);
  /// Memory of `block_size` for somebody to write into, and then to `put_block` or to `give_back`.
  memory take_block();
  void give_back(memory block);
  /// Puts the bytes from `begin` to its end of a block of `capacity` bytes, without copying them.
  void put_block(memory block, std::size_t capacity, std::size_t begin);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Ever put in.
  std::uint64_t bytes_total() const { return total_; }

  /// Sets up to `pieces.size()` pieces to what waits, oldest first; returns how many. They stay valid until
  /// `written`.
  std::size_t gather(std::span<std::span<const char>> pieces) const;
  /// The first `bytes`, at most `size`, are out.
  void written(std::size_t bytes);

 private:
  struct piece {
    memory block;
    std::size_t capacity = block_size;
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  /// Empty blocks that are kept for what comes next.
  static constexpr std::size_t spares_max = 4;

  std::deque<piece> pieces_;
  std::vector<memory> spares_;
  std::size_t size_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace blotter::link
