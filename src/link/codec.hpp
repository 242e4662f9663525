#pragma once

#include <memory>
#include <span>
#include <variant>

#include "base/result.hpp"
#include "link/hello.hpp"
#include "link/message.hpp"
#include "link/outbox.hpp"
#include "link/stream_message.hpp"

namespace flatbuffers {
class FlatBufferBuilder;
}

namespace blotter::link {

/// Most partitions that a link can speak of; each is a number below it.
inline constexpr std::uint32_t partitions_max = 1 << 16;
/// Longest text for people, in bytes: what is longer is cut.
inline constexpr std::size_t text_size_max = 4096;

/// Makes frames of messages, for one outbox, which outlives it. Large ones are made where they wait to be
/// written. Lives on one core.
class encoder {
 public:
  explicit encoder(outbox& to);
  ~encoder();
  encoder(const encoder&) = delete;
  encoder& operator=(const encoder&) = delete;

  // Each puts one frame, or none and says why: `errc::message_too_large`, for a feed of more than
  // `partitions_max` partitions.
  [[nodiscard]] result<void> put(const hello& what);
  [[nodiscard]] result<void> put(const refusal& what);
  [[nodiscard]] result<void> put(const to_router& what);
  /// Many rows become several frames, so that the first are taken in while the last are under way.
  [[nodiscard]] result<void> put(const to_node& what);
  [[nodiscard]] result<void> put(const to_serving_node& what);
  /// Likewise with many events, and with a large answer.
  [[nodiscard]] result<void> put(const to_gateway& what);

 private:
  template <class Message>
  result<void> put_one(const Message& what);
  void put_rows(std::span<const row> all);
  void put_events(const stream_events& all);
  void put_taken(std::span<const stream_taken::one> all);
  result<void> put_answer(const rows_answer& what);

  class block_source;

  void put_built();

  outbox& to_;
  std::unique_ptr<block_source> blocks_;
  std::unique_ptr<flatbuffers::FlatBufferBuilder> builder_;
};

/// What a frame says at the end that hears messages of type `Message`: `to_router`, `to_node`,
/// `to_serving_node` or `to_gateway`.
template <class Message>
using heard = std::variant<hello, refusal, Message>;

/// Reads a frame's body as it came from outside, 8-byte aligned. Whatever it gives is within the bounds of
/// its fields, and partitions are below `partitions_max`; it allocates in proportion to `body`, at most. A
/// row's key and value are copied once, into the one block that tables and viewers share; events are copied
/// once, all of a frame together.
template <class Message>
[[nodiscard]] result<heard<Message>> decode(std::span<const char> body);

extern template result<heard<to_router>> decode<to_router>(std::span<const char> body);
extern template result<heard<to_node>> decode<to_node>(std::span<const char> body);
extern template result<heard<to_serving_node>> decode<to_serving_node>(std::span<const char> body);
extern template result<heard<to_gateway>> decode<to_gateway>(std::span<const char> body);

}  // namespace blotter::link
