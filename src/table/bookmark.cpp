#include "table/bookmark.hpp"

#include <algorithm>
#include <array>

namespace blotter::table {

namespace {

constexpr char version_mark = '1';
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}
constexpr auto values = make_values();

/// Writes bytes as base64url, six bits at a time, straight into the text.
class encoder {
 public:
  explicit encoder(std::string& out) : out_(out) {}

  void byte(std::uint8_t b) {
    bits_ = (bits_ << 8) | b;
    count_ += 8;
    while (count_ >= 6) {
      count_ -= 6;
      out_.push_back(alphabet[(bits_ >> count_) & 63]);
    }
  }
  void number(std::uint64_t n) {
    for (; n >= 0x80; n >>= 7) byte(static_cast<std::uint8_t>(n | 0x80));
    byte(static_cast<std::uint8_t>(n));
  }
  void finish() {
    if (count_ > 0) out_.push_back(alphabet[(bits_ << (6 - count_)) & 63]);
  }

 private:
  std::string& out_;
  std::uint32_t bits_ = 0;
  unsigned count_ = 0;
};

result<std::vector<std::uint8_t>> base64url_bytes(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0) return bookmark_errc::not_base64url;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::uint8_t>(bits >> count));
    }
  }
  if (count >= 6 || (bits & ((1u << count) - 1)) != 0) return bookmark_errc::not_base64url;
  return bytes;
}

/// Reads numbers off bytes; once something is wrong it stays so.
class decoder {
 public:
  explicit decoder(std::span<const std::uint8_t> bytes) : left_(bytes) {}

  std::uint64_t fixed() {
    std::uint64_t n = 0;
    for (int i = 0; i < 8; ++i) n = (n << 8) | byte();
    return n;
  }
  std::uint64_t number() {
    std::uint64_t n = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const std::uint8_t b = byte();
      n |= std::uint64_t{b & 0x7Fu} << shift;
      if (b < 0x80) {
        if (b == 0 && shift > 0) broken_ = true;  // a longer form of a shorter number: nothing of ours
        return n;
      }
    }
    broken_ = true;
    return 0;
  }
  bool done() const { return left_.empty() || broken_; }
  bool broken() const { return broken_; }

 private:
  std::uint8_t byte() {
    if (left_.empty()) {
      broken_ = true;
      return 0;
    }
    const std::uint8_t b = left_.front();
    left_ = left_.subspan(1);
    return b;
  }

  std::span<const std::uint8_t> left_;
  bool broken_ = false;
};

class bookmark_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "bookmark"; }
  std::string message(int value) const override {
    switch (static_cast<bookmark_errc>(value)) {
      case bookmark_errc::too_long:
        return "the bookmark is longer than any that is given out";
      case bookmark_errc::not_base64url:
        return "the bookmark has characters that no bookmark has";
      case bookmark_errc::unknown_version:
        return "the bookmark is of a version that is not known here";
      case bookmark_errc::truncated:
        return "the bookmark ends too early or holds a number that is too large";
      case bookmark_errc::bad_partition_order:
        return "the bookmark's partitions are out of order or range";
    }
    return "unknown bookmark error";
  }
};

}  // namespace

error_code make_error_code(bookmark_errc e) {
  static const bookmark_category category;
  return {static_cast<int>(e), category};
}

record_offset positions::at(partition_id partition) const {
  // A client with rows in every partition has each at its own place.
  if (partition < entries_.size() && entries_[partition].partition == partition)
    return entries_[partition].offset;
  const auto found =
      std::lower_bound(entries_.begin(), entries_.end(), partition,
                       [](const position& each, partition_id p) { return each.partition < p; });
  return found != entries_.end() && found->partition == partition ? found->offset : -1;
}

position& positions::entry(partition_id partition) {
  if (partition < entries_.size() && entries_[partition].partition == partition) return entries_[partition];
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), partition,
                                   [](const position& each, partition_id p) { return each.partition < p; });
  if (at != entries_.end() && at->partition == partition) return *at;
  if (entries_.size() == entries_.capacity()) {
    // In small steps: every client has one of these, and doubling would cost a small one 3 bytes a row.
    const auto place = at - entries_.begin();
    entries_.reserve(entries_.size() + std::max<std::size_t>(4, entries_.size() / 4));
    return *entries_.insert(entries_.begin() + place, position{partition, -1});
  }
  return *entries_.insert(at, position{partition, -1});
}

void positions::raise(position to) {
  position& mine = entry(to.partition);
  mine.offset = std::max(mine.offset, to.offset);
}

void positions::set(position to) {
  entry(to.partition).offset = to.offset;
}

std::size_t bookmark::append_to(std::string& out) const {
  const std::size_t before = out.size();
  out.push_back(version_mark);
  encoder code(out);
  for (int shift = 56; shift >= 0; shift -= 8)
    code.byte(static_cast<std::uint8_t>(static_cast<std::uint64_t>(feed) >> shift));
  partition_id last = 0;
  for (const position& each : seen.all()) {
    if (each.offset < 0) continue;  // nothing seen there: as if it were not listed
    code.number(each.partition - last);
    code.number(static_cast<std::uint64_t>(each.offset));
    last = each.partition;
    if (const record_offset farther = reach.at(each.partition) - each.offset; farther > 0) {
      code.number(0);
      code.number(static_cast<std::uint64_t>(farther));
    }
  }
  code.finish();
  const std::size_t size = out.size() - before;
  if (size <= bookmark_text_max) return size;
  out.resize(before);
  return 0;
}

std::string bookmark::text() const {
  std::string out;
  append_to(out);
  return out;
}

result<bookmark> parse_bookmark(std::string_view text) {
  if (text.size() > bookmark_text_max) return bookmark_errc::too_long;
  if (text.empty() || text.front() != version_mark) return bookmark_errc::unknown_version;
  const auto bytes = base64url_bytes(text.substr(1));
  if (!bytes) return bytes.error();

  decoder code(*bytes);
  bookmark read;
  read.feed = static_cast<generation>(code.fixed());
  std::uint64_t last = 0;
  std::uint64_t seen = 0;
  enum class before : std::uint8_t { nothing, position, reach } was = before::nothing;
  while (!code.done()) {
    const std::uint64_t step = code.number();
    const std::uint64_t value = code.number();
    if (code.broken()) return bookmark_errc::truncated;
    if (was == before::position && step == 0) {
      if (value == 0 || value > static_cast<std::uint64_t>(INT64_MAX) - seen) return bookmark_errc::truncated;
      read.reach.set({static_cast<partition_id>(last), static_cast<record_offset>(seen + value)});
      was = before::reach;
      continue;
    }
    if (step > partition_max || last + step > partition_max || (was == before::reach && step == 0))
      return bookmark_errc::bad_partition_order;
    last += step;
    seen = value;
    was = before::position;
    read.seen.set({static_cast<partition_id>(last), static_cast<record_offset>(value)});
  }
  if (code.broken()) return bookmark_errc::truncated;
  return read;
}

}  // namespace blotter::table
