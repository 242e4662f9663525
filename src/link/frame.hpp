#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "link/outbox.hpp"

namespace blotter::link {

// A frame is 4 bytes "BLK1", the size of its body in 4 bytes, little-endian, and the body: a FlatBuffer
// (link.fbs) filled up to a multiple of 8 bytes, so that every body lies aligned wherever frames lie one
// behind the other.

inline constexpr std::size_t frame_head_size = 8;
/// Largest body: a row of 1 MiB or a list of `partitions_max`, and room.
inline constexpr std::size_t frame_size_max = 2 << 20;
/// Largest body until the peer is known: a stranger costs no more.
inline constexpr std::size_t greeting_size_max = 8 * 1024;

/// Puts one frame; `body` is 1 to `frame_size_max` bytes.
void put_frame(outbox& to, std::span<const char> body);
/// Writes the head of a body of `size` bytes, a multiple of 8, to the `frame_head_size` bytes at `place`.
void put_head(void* place, std::size_t size);

/// Bytes in, bodies out. Its memory is a few reads, and grows up to one frame only as the bytes of a large
/// frame really arrive: a size that a peer claims allocates nothing.
class frame_reader {
 public:
  frame_reader();

  /// Bodies are at most this large from now on; at first `greeting_size_max`.
  void set_size_max(std::size_t bytes) { size_max_ = bytes; }

  /// Where to put the next bytes: never empty. Takes back all bodies that `next` gave.
  std::span<char> room();
  /// So many bytes were put into `room`.
  void arrived(std::size_t bytes) { end_ += bytes; }

  /// The next whole body, aligned to 8 bytes and valid until `room`; empty when there is none yet. After an
  /// error there is no way to go on.
  [[nodiscard]] result<std::span<const char>> next();

  /// Forgets what was not given yet: nobody will ask for it.
  void drop() { begin_ = end_ = 0; }

  std::size_t memory_bytes() const { return capacity_; }

 private:
  std::span<const char> unread() const { return {buffer_.get() + begin_, end_ - begin_}; }
  void resize(std::size_t capacity);

  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t size_max_ = greeting_size_max;
};

}  // namespace blotter::link
