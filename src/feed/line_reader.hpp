#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace blotter::feed {

struct line {
  std::uint64_t offset;   ///< of its first byte, from the start of the stream
  std::string_view text;  ///< without its LF or CRLF; valid until the reader's next use
  bool whole;             ///< false: it is longer than allowed, `text` is its beginning, the rest is skipped
};

/// Cuts a stream of bytes, which comes in pieces cut anywhere, into lines. Copies only lines that a cut goes
/// through; remembers at most one line, up to the size allowed.
class line_reader {
 public:
  /// `size_max`: bytes of a line without its end; what is longer is given once, as not whole.
  explicit line_reader(std::size_t size_max) : size_max_(size_max) {}

  /// The next bytes of the stream. Borrowed until `next` has returned nothing; only then may more be given.
  void give(std::string_view bytes) { bytes_ = bytes; }
  /// The next line that has its end; nothing when more bytes are needed.
  std::optional<line> next();
  /// At the end of the stream: the last line, if it has no end of its own. The reader is then as new, but for
  /// the offset.
  std::optional<line> rest();

  /// Where the next line begins: everything before it was given.
  std::uint64_t offset() const { return start_; }

 private:
  std::optional<line> cut(std::string_view piece);
  std::optional<line> hold();
  std::optional<line> made(std::string_view text, std::uint64_t offset) const;

  std::size_t size_max_;
  std::string_view bytes_;
  std::string pending_;  // the beginning of a line whose end has not come
  bool pending_given_ = false;
  bool skipping_ = false;      // in a line that was given as not whole
  std::uint64_t start_ = 0;    // of the line at hand
  std::uint64_t skipped_ = 0;  // bytes of it seen, while skipping
};

}  // namespace blotter::feed
