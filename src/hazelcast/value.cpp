#include "hazelcast/value.hpp"

#include <limits>

#include "base/check.hpp"
#include "hazelcast/bytes.hpp"

namespace blotter::hazelcast {
namespace {

constexpr std::int32_t text_type = -11;
constexpr std::int32_t json_type = -130;
constexpr std::size_t head_size = 8;       // the key's own partition hash, if it has one; then its type
constexpr std::size_t text_head_size = 4;  // the text's size in bytes

std::string serialize(std::int32_t type, std::string_view text) {
  check(text.size() <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()));
  std::string out;
  out.reserve(head_size + text_head_size + text.size());
  append_big<std::int32_t>(out, 0);
  append_big<std::int32_t>(out, type);
  append_big<std::int32_t>(out, static_cast<std::int32_t>(text.size()));
  out.append(text);
  return out;
}

std::uint32_t rotated(std::uint32_t bits, unsigned by) {
  return (bits << by) | (bits >> (32 - by));
}

std::uint32_t scrambled(std::uint32_t block) {
  return rotated(block * 0xCC9E2D51u, 15) * 0x1B873593u;
}

/// Austin Appleby's MurmurHash3_x86_32 (public domain), with Hazelcast's seed.
std::int32_t murmur3(std::string_view bytes) {
  std::uint32_t hash = 0x01000193u;
  const std::size_t blocks = bytes.size() / 4;
  for (std::size_t i = 0; i < blocks; ++i) {
    hash ^= scrambled(load_little<std::uint32_t>(bytes.data() + 4 * i));
    hash = rotated(hash, 13) * 5 + 0xE6546B64u;
  }
  std::uint32_t tail = 0;
  for (std::size_t i = bytes.size(); i-- > 4 * blocks;)
    tail = (tail << 8) | static_cast<unsigned char>(bytes[i]);
  if (bytes.size() % 4 != 0) hash ^= scrambled(tail);
  hash ^= static_cast<std::uint32_t>(bytes.size());
  hash = (hash ^ (hash >> 16)) * 0x85EBCA6Bu;
  hash = (hash ^ (hash >> 13)) * 0xC2B2AE35u;
  return static_cast<std::int32_t>(hash ^ (hash >> 16));
}

}  // namespace

std::string serialize_text(std::string_view text) {
  return serialize(text_type, text);
}

std::string serialize_json(std::string_view json) {
  return serialize(json_type, json);
}

std::optional<value> deserialize(std::string_view bytes) {
  if (bytes.size() < head_size + text_head_size) return std::nullopt;
  const auto type = load_big<std::int32_t>(bytes.data() + 4);
  const auto size = load_big<std::int32_t>(bytes.data() + head_size);
  if (type != text_type && type != json_type) return std::nullopt;
  const std::string_view text = bytes.substr(head_size + text_head_size);
  if (size < 0 || text.size() != static_cast<std::size_t>(size)) return std::nullopt;
  return value{type == text_type ? value_kind::text : value_kind::json, text};
}

std::int32_t partition_hash(std::string_view serialized_key) {
  check(serialized_key.size() >= head_size);
  const auto own = load_big<std::int32_t>(serialized_key.data());
  return own != 0 ? own : murmur3(serialized_key.substr(head_size));
}

std::int32_t partition_of(std::string_view serialized_key, std::int32_t partition_count) {
  check(partition_count > 0);
  const std::int32_t hash = partition_hash(serialized_key);
  if (hash == std::numeric_limits<std::int32_t>::min()) return 0;
  return (hash < 0 ? -hash : hash) % partition_count;
}

}  // namespace blotter::hazelcast
