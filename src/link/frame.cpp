#include "link/frame.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>

#include "base/check.hpp"
#include "link/errc.hpp"

namespace blotter::link {

namespace {

static_assert(std::endian::native == std::endian::little, "sizes are copied as they lie");

constexpr std::string_view magic = "BLK1";
constexpr std::size_t alignment = 8;
/// Some frames of rows, and no more than stays in a second-level cache.
constexpr std::size_t capacity_least = 128 * 1024;

/// What came instead of a frame.
errc stranger(std::string_view head) {
  constexpr std::array<std::string_view, 10> methods{"GET ", "HEAD", "POST", "PUT ", "DELE",
                                                     "OPTI", "PATC", "CONN", "TRAC", "PRI "};
  const std::string_view start = head.substr(0, 4);
  if (std::find(methods.begin(), methods.end(), start) != methods.end()) return errc::http_request;
  if (start.substr(0, 2) == "\x16\x03") return errc::tls_request;
  return errc::not_a_link;
}

}  // namespace

void put_frame(outbox& to, std::span<const char> body) {
  check(!body.empty() && body.size() <= frame_size_max);
  constexpr std::array<char, alignment> filling{};
  const std::size_t fill = (alignment - body.size() % alignment) % alignment;
  std::array<char, frame_head_size> head;
  put_head(head.data(), body.size() + fill);
  to.put(head);
  to.put(body);
  to.put(std::span(filling).first(fill));
}

void put_head(void* place, std::size_t size) {
  check(size % alignment == 0 && size <= frame_size_max);
  const auto says = static_cast<std::uint32_t>(size);
  std::memcpy(place, magic.data(), magic.size());
  std::memcpy(static_cast<char*>(place) + magic.size(), &says, sizeof says);
}

frame_reader::frame_reader() {
  resize(greeting_size_max);
}

std::span<char> frame_reader::room() {
  const std::size_t left = end_ - begin_;
  if (left == 0) begin_ = end_ = 0;
  // The first reads and the largest frames are the exceptions, in memory as in number.
  const std::size_t usual = size_max_ > greeting_size_max ? capacity_least : greeting_size_max;
  if (left == capacity_)
    resize(std::min(2 * capacity_, frame_head_size + std::max(size_max_, usual)));
  else if (left == 0 && capacity_ != usual)
    resize(usual);
  else if (begin_ > 0 && capacity_ - end_ < capacity_ / 2)
    resize(capacity_);
  return {buffer_.get() + end_, capacity_ - end_};
}

/// Moves what is unread to the start, of other memory if that is to be larger or smaller.
void frame_reader::resize(std::size_t capacity) {
  const std::size_t left = end_ - begin_;
  check(left < capacity || capacity_ == capacity);
  if (capacity == capacity_) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, left);
  } else {
    auto other = std::make_unique_for_overwrite<char[]>(capacity);
    if (left > 0) std::memcpy(other.get(), buffer_.get() + begin_, left);
    buffer_ = std::move(other);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = left;
}

result<std::span<const char>> frame_reader::next() {
  const std::span<const char> all = unread();
  const std::string_view start(all.data(), std::min(all.size(), magic.size()));
  if (!magic.starts_with(start)) {
    // A few bytes more tell people what it was instead.
    if (all.size() < magic.size()) return std::span<const char>();
    return stranger(start);
  }
  if (all.size() < frame_head_size) return std::span<const char>();
  std::uint32_t size;
  std::memcpy(&size, all.data() + magic.size(), sizeof size);
  if (size == 0 || size > size_max_ || size % alignment != 0) return errc::frame_too_large;
  if (all.size() - frame_head_size < size) return std::span<const char>();
  begin_ += frame_head_size + size;
  return all.subspan(frame_head_size, size);
}

}  // namespace blotter::link
