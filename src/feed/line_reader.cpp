#include "feed/line_reader.hpp"

#include <algorithm>
#include <utility>

namespace blotter::feed {

std::optional<line> line_reader::next() {
  if (pending_given_) {
    pending_.clear();
    pending_given_ = false;
  }
  while (!bytes_.empty()) {
    const auto end = bytes_.find('\n');
    if (end == bytes_.npos) return hold();
    const std::string_view piece = bytes_.substr(0, end);
    bytes_.remove_prefix(end + 1);
    if (!skipping_) return cut(piece);
    start_ += skipped_ + end + 1;
    skipping_ = false;
  }
  return std::nullopt;
}

/// `piece` ends the line at hand.
std::optional<line> line_reader::cut(std::string_view piece) {
  const std::uint64_t offset = start_;
  start_ += pending_.size() + piece.size() + 1;
  if (pending_.empty()) return made(piece, offset);
  // A line that is too long need not be held to its end to be told so.
  pending_.append(piece.substr(0, size_max_ + 2 - std::min(pending_.size(), size_max_ + 2)));
  pending_given_ = true;
  return made(pending_, offset);
}

/// The line at hand goes on behind the bytes there are.
std::optional<line> line_reader::hold() {
  const std::string_view piece = std::exchange(bytes_, {});
  if (skipping_) {
    skipped_ += piece.size();
    return std::nullopt;
  }
  // One more byte may be the CR before an LF to come.
  if (pending_.size() + piece.size() <= size_max_ + 1) {
    pending_.append(piece);
    return std::nullopt;
  }
  skipping_ = true;
  skipped_ = pending_.size() + piece.size();
  pending_.append(piece.substr(0, size_max_ + 2 - pending_.size()));
  pending_given_ = true;
  return line{start_, std::string_view(pending_).substr(0, size_max_), false};
}

std::optional<line> line_reader::rest() {
  if (pending_given_) pending_.clear();
  const std::uint64_t offset = start_;
  start_ += skipping_ ? skipped_ : pending_.size();
  pending_given_ = true;
  const bool skipped = std::exchange(skipping_, false);
  if (skipped || pending_.empty()) return std::nullopt;
  return made(pending_, offset);
}

std::optional<line> line_reader::made(std::string_view text, std::uint64_t offset) const {
  if (text.ends_with('\r')) text.remove_suffix(1);
  return line{offset, text.substr(0, size_max_), text.size() <= size_max_};
}

}  // namespace blotter::feed
