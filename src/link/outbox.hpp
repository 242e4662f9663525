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
  void put(std::span<const char> bytes);

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
  static constexpr std::size_t block_size = 64 * 1024;
  /// Empty blocks that are kept for what comes next.
  static constexpr std::size_t spares_max = 4;

  std::deque<std::unique_ptr<char[]>> blocks_;
  std::vector<std::unique_ptr<char[]>> spares_;
  std::size_t begin_ = 0;  ///< in the first block
  std::size_t end_ = 0;    ///< in the last block
  std::size_t size_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace blotter::link
