#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Keys and values as Hazelcast's clients of every language serialize them: 8 bytes that say what it is, then
/// the content, big-endian. Pure.
namespace blotter::hazelcast {

/// A text, as a key or a value. `text` is UTF-8.
std::string serialize_text(std::string_view text);
/// A JSON text, as a HazelcastJsonValue: what SQL, Management Center and the other clients take for JSON.
std::string serialize_json(std::string_view json);

enum class value_kind : std::uint8_t { text, json };
struct value {
  value_kind kind;
  std::string_view text;  ///< borrows what was read
};
/// Nothing for what is neither a text nor JSON.
std::optional<value> deserialize(std::string_view bytes);

/// The hash by which the cluster spreads keys: MurmurHash3_x86_32 of the serialized key's content.
std::int32_t partition_hash(std::string_view serialized_key);
/// Where the entry of that key lives; `partition_count` is at least 1. A wrong one is not noticed by the
/// members: the entry would be where no other client looks for it.
std::int32_t partition_of(std::string_view serialized_key, std::int32_t partition_count);

}  // namespace blotter::hazelcast
