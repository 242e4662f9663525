#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "hazelcast/frame.hpp"
#include "hazelcast/request.hpp"

/// What members answer and tell, read from hostile bytes: `errc::bad_message` for what breaks its form.
/// Fields that newer members add are passed over. Pure.
namespace blotter::hazelcast {

struct address {
  std::string host;
  std::uint16_t port = 0;

  friend auto operator<=>(const address&, const address&) = default;
  friend bool operator==(const address&, const address&) = default;
};
std::string to_text(const address& where);

struct cluster_member {
  uuid id;
  address at;  ///< where clients reach it

  friend bool operator==(const cluster_member&, const cluster_member&) = default;
};
inline constexpr std::size_t cluster_members_max = 1024;
inline constexpr std::int32_t partition_count_max = 65'536;

/// Owner of each partition that has one.
struct partition_owners {
  std::int32_t version = 0;  ///< a count of the member that says so: never compared with another's
  std::vector<std::pair<uuid, std::vector<std::int32_t>>> of;
};
struct members_view {
  std::int32_t version = 0;
  std::vector<cluster_member> all;
};

enum class authentication_status : std::uint8_t {
  authenticated = 0,
  refused_credentials = 1,
  other_serialization = 2,
  refused_client = 3,
};
struct authentication_answer {
  authentication_status status = authentication_status::authenticated;
  uuid member;
  uuid cluster;  ///< another one after all members were gone at once
  std::int32_t partition_count = 0;
  std::string version;  ///< of the member, as "5.7.0"
};

/// An exception of the member's, instead of an answer.
struct error_answer {
  std::int32_t code = 0;
  std::string type;  ///< its Java class
  std::string text;
};
namespace error_code_of {
inline constexpr std::int32_t not_active = 19;
}
/// Whether the member says that the same call may well succeed soon, and that it did not run.
bool is_passing(std::int32_t code);

struct entry_event {
  std::int32_t kind = 0;                ///< one of `entry_event_kind`
  std::optional<std::string_view> key;  ///< none for an event of the whole map
  std::optional<std::string_view> value;
  std::optional<std::string_view> old_value;
  std::size_t map = 0;  ///< which of those that the client listens to, set by it
};

/// Types of messages that come without having been asked for just now.
namespace told {
inline constexpr std::int32_t error = 0x000000;
inline constexpr std::int32_t members = 0x000302;
inline constexpr std::int32_t partitions = 0x000303;
inline constexpr std::int32_t entry = 0x011902;
}  // namespace told
/// Of the answer to a request.
constexpr std::int32_t answer_type(std::int32_t request_type) {
  return request_type + 1;
}

result<authentication_answer> read_authentication(message from);
result<error_answer> read_error(message from);
result<members_view> read_members(message from);
result<partition_owners> read_partitions(message from);
result<entry_event> read_entry_event(message from);

/// Answers to calls that give a value, borrowed; or none.
result<std::optional<std::string_view>> read_value(message from);
result<bool> read_flag(message from);
using entry_list = std::vector<std::pair<std::string_view, std::string_view>>;
result<entry_list> read_entries(message from);

}  // namespace blotter::hazelcast
