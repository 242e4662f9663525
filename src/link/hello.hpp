#pragma once

#include <cstdint>
#include <string>

namespace blotter::link {

/// Of what is said over a link. Ends of different versions refuse each other.
inline constexpr std::uint32_t protocol_version = 1;

enum class role : std::uint8_t { router = 1, node = 2, gateway = 3, autoscaler = 4 };
/// "router" and so on; "unknown role" for any other value.
const char* name_of(role which);

/// Longest name of a cluster, member or topic, in bytes. Names are visible ASCII.
inline constexpr std::size_t name_size_max = 255;

/// Who speaks: the first frame of either end, and only that.
struct hello {
  std::uint32_t version = protocol_version;
  std::string cluster;
  std::string member;
  role as = role::node;
  /// Of a router the topic that it reads, of a node the one that it shows; empty where that is not known.
  std::string topic = {};
};

/// Why the sender ends the link: its last frame.
struct refusal {
  std::uint32_t number;  ///< an `errc`, of the sender's version
  std::string text;      ///< for people
};

}  // namespace blotter::link
