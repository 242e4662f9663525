#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/partition_set.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace blotter::directory {

/// The name of a process of the cluster, for as long as it lives: a restarted process is another member, so
/// that nobody takes its answers for those of the one before. 1 to 64 bytes of letters, digits, '.', '_' and
/// '-'.
class member_id {
 public:
  /// `errc::bad_member_id` for anything that is none.
  static result<member_id> parse(std::string_view text);

  const std::string& text() const { return text_; }

  friend auto operator<=>(const member_id&, const member_id&) = default;
  friend bool operator==(const member_id&, const member_id&) = default;

 private:
  explicit member_id(std::string_view text) : text_(text) {}
  std::string text_;
};
inline constexpr std::size_t member_id_size_max = 64;

enum class role : std::uint8_t { router, node, gateway, autoscaler };
std::string_view to_text(role which);

/// Where a member is in its life. A draining one takes no new client and hands over those that it has.
enum class stage : std::uint8_t { starting, serving, draining };
std::string_view to_text(stage which);

/// Whether a router takes more partitions, or a node more viewers. One that is full keeps those that it has.
enum class intake : std::uint8_t { open, full };
std::string_view to_text(intake which);

/// What a member says about itself each second. Capacity is what its loops have left, not the machine's CPU.
struct load_report {
  std::uint64_t number = 0;   ///< 1 for the first, then one more each; 0 is none yet. An older one is ignored
  double busy = 0;            ///< part of its time that the busiest loop worked, 0 to 1
  std::uint64_t viewers = 0;  ///< connected now
  double rows_per_second = 0;   ///< to viewers
  milliseconds flush_delay{0};  ///< from a row's arrival to its write, 90th percentile
  std::uint64_t memory = 0;     ///< resident bytes
  intake room = intake::open;   ///< of a node

  friend bool operator==(const load_report&, const load_report&) = default;
};

/// What a router says of the feed. Positions are worth nothing in another generation, so neither is this.
struct feed_share {
  std::uint64_t generation = 0;  ///< of the topic; 0 is none yet
  std::uint32_t partitions = 0;  ///< that the topic has
  partition_set held = {};       ///< read, or being loaded
  partition_set caught_up = {};  ///< for nodes to subscribe to; one that is given up leaves this set first
  intake room = intake::open;

  friend bool operator==(const feed_share&, const feed_share&) = default;
};

/// A process of the cluster, as the others know it.
struct member {
  member_id id;
  std::vector<role> roles = {};  ///< one for `blotter node`, several for `blotter up`
  std::string address = {};      ///< host:port of its HTTP surface; empty while it has none
  wall_time started = {};        ///< by its own clock: for people, never to be compared
  directory::stage stage = stage::starting;
  load_report load = {};
  /// host:port where it takes links, empty where it takes none. Of a node one for each core, in their order,
  /// with commas between them.
  std::string link_address = {};
  feed_share feed = {};  ///< of a router
  /// Where browsers reach a node themselves, as "https://node-1.example": no path, at most 256 bytes; empty
  /// where that is http at `address`.
  std::string url = {};
  /// Of a router: the Kafka topic that it reads. Empty where it does not say; see `topic_guard`.
  std::string topic = {};

  friend bool operator==(const member&, const member&) = default;
};

}  // namespace blotter::directory
