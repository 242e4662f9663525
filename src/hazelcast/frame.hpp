#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

/// The outermost layer of Hazelcast's Open Binary Client Protocol 2: a connection carries messages, a message
/// is one frame or more, the last of them marked. Pure.
namespace blotter::hazelcast {

namespace flag {
inline constexpr std::uint16_t begin_fragment = 0x8000;
inline constexpr std::uint16_t end_fragment = 0x4000;
inline constexpr std::uint16_t unfragmented = begin_fragment | end_fragment;
inline constexpr std::uint16_t final_frame = 0x2000;
inline constexpr std::uint16_t begin_structure = 0x1000;
inline constexpr std::uint16_t end_structure = 0x0800;
inline constexpr std::uint16_t null_value = 0x0400;
inline constexpr std::uint16_t event = 0x0200;
}  // namespace flag

inline constexpr std::size_t frame_head_size = 6;        ///< length (4 bytes, itself included) and flags (2)
inline constexpr std::size_t first_frame_size_min = 12;  ///< content: type and correlation id
/// Of one message. The largest we ask for is all entries of our own map, some kilobytes; what is larger comes
/// from no member of ours.
inline constexpr std::size_t message_size_max = 16u << 20;
/// What a client sends first, once.
inline constexpr std::string_view protocol_preamble = "CP2";

struct frame {
  std::uint16_t flags = 0;
  std::string_view content;

  bool has(std::uint16_t which) const { return (flags & which) != 0; }
};

/// A whole message as it came: its frames' lengths have been checked, and its first frame holds type and
/// correlation id.
class message {
 public:
  explicit message(std::string_view bytes) : bytes_(bytes) {}

  std::int32_t type() const;
  std::int64_t correlation() const;
  /// Told of something registered for, not answered.
  bool is_event() const;
  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

/// Cuts the bytes of a connection into messages. Holds at most one unfinished message and what came with it;
/// memory grows by what has come, never by what a length promises.
class message_splitter {
 public:
  /// `errc::message_too_large` beyond `size_max` bytes a message.
  explicit message_splitter(std::size_t size_max = message_size_max) : size_max_(size_max) {}

  void take(std::string_view bytes);
  /// The next whole message, borrowed until `take` or `next` is called again; nothing when there is none yet.
  /// After an error the connection is of no use any more: `errc::bad_message` (fragments too, which members
  /// never send), `errc::message_too_large`.
  result<std::optional<message>> next();

 private:
  std::string held_;
  std::size_t start_ = 0;    // of the message that is being looked for
  std::size_t scanned_ = 0;  // end of its last whole frame
  std::size_t size_max_;
};

/// Walks the frames of a message, one after another. Whoever walks past the end, or finds another frame than
/// expected, gets empty values from then on, and `failed` says so: to be asked once, at the end.
class frame_walk {
 public:
  explicit frame_walk(std::string_view message) : rest_(message) {}

  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }
  void fail();

  frame next();
  /// The next frame, which must have `flags`.
  void expect(std::uint16_t flags);
  /// Takes the next frame if it has `flags`.
  bool take_if(std::uint16_t flags);
  /// The content of a plain frame: one that begins, ends and nulls nothing.
  std::string_view value();
  /// Nothing for a null frame.
  std::optional<std::string_view> nullable();
  /// Everything up to the end of the structure whose begin frame was the last one taken, that end included.
  void leave();
  /// One value whatever it is: a plain frame, a null, a structure with all that is in it.
  void skip();

 private:
  frame peek() const;

  std::string_view rest_;
  bool failed_ = false;
};

/// Numbers at fixed offsets in a frame's content. Reads beyond the end give 0, and fail.
class fixed_fields {
 public:
  explicit fixed_fields(std::string_view content) : content_(content) {}

  bool has(std::size_t offset, std::size_t size) const {
    return offset <= content_.size() && content_.size() - offset >= size;
  }
  std::uint8_t byte(std::size_t offset) { return number<std::uint8_t>(offset); }
  std::int32_t int32(std::size_t offset) { return number<std::int32_t>(offset); }
  std::int64_t int64(std::size_t offset) { return number<std::int64_t>(offset); }
  bool failed() const { return failed_; }

 private:
  template <class T>
  T number(std::size_t offset);

  std::string_view content_;
  bool failed_ = false;
};

}  // namespace blotter::hazelcast
