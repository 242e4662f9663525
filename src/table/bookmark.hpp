#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "table/position.hpp"

namespace blotter::table {

/// One offset a partition, in order of partition: "every row at or before it has been seen in its last
/// value".
class positions {
 public:
  /// The offset for `partition`, or -1 where there is none.
  record_offset at(partition_id partition) const;
  bool has(position where) const { return where.offset <= at(where.partition); }

  /// Raises the offset of a partition; a lower one changes nothing.
  void raise(position to);
  /// Sets the offset of a partition, also to a lower one.
  void set(position to);
  void clear() { entries_.clear(); }

  std::span<const position> all() const { return entries_; }
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  std::size_t memory_bytes() const { return entries_.capacity() * sizeof(position); }

  friend bool operator==(const positions&, const positions&) = default;

 private:
  position& entry(partition_id partition);

  std::vector<position> entries_;
};

enum class bookmark_errc {
  too_long = 1,         ///< over `bookmark_text_max`
  not_base64url,        ///< a character that no bookmark has, or bits left over
  unknown_version,      ///< made by a newer server
  truncated,            ///< ends in the middle of a number, or a number is too large
  bad_partition_order,  ///< partitions not rising, or beyond `partition_max`, or a reach without any
};
error_code make_error_code(bookmark_errc e);

/// Longest text of a bookmark, in bytes: servers and proxies refuse larger headers (RFC 9110 leaves the bound
/// to them; 8 KiB for all headers is usual).
inline constexpr std::size_t bookmark_text_max = 4096;

/// All that a viewer has to hand in to go on where it stopped: which feed, and how far in each partition in
/// which its client has or had rows. Its text is the id of the stream's events: URL-safe, at most 128 bytes
/// while there are 12 partitions or fewer and offsets are below 2^42, and up to twice that before the end of
/// the table is reached.
struct bookmark {
  generation feed = generation::none;
  positions seen;
  /// How far the table went in each partition of `seen` in which that is farther: a row that changed again
  /// before it could be shown was passed over for its later place. A table that does not go so far still has
  /// it at the earlier one, where it would be taken for seen.
  positions reach = {};

  /// `1` and base64url (RFC 4648, no padding) of: generation (8 bytes, big-endian), then for each partition
  /// the difference to the one before and the offset, then, where the table went farther, 0 and by how much;
  /// as LEB128. Empty where it would be longer than `bookmark_text_max`.
  std::string text() const;
  /// Appends `text()` to `out` without allocating; returns how many bytes that were, 0 for too long.
  std::size_t append_to(std::string& out) const;

  friend bool operator==(const bookmark&, const bookmark&) = default;
};

/// Reads a bookmark's text as it came from outside. Accepts only what `text` can make. Allocates at most in
/// proportion to `text`.
[[nodiscard]] result<bookmark> parse_bookmark(std::string_view text);

}  // namespace blotter::table

template <>
struct boost::system::is_error_code_enum<blotter::table::bookmark_errc> : std::true_type {};
