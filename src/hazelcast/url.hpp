#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "hazelcast/answer.hpp"
#include "hazelcast/request.hpp"

namespace blotter::hazelcast {

inline constexpr std::uint16_t default_port = 5701;
inline constexpr std::string_view default_cluster = "dev";  ///< what members are called that nobody named

enum class transport : std::uint8_t { plain, tls };

/// The parts of `hazelcast://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/CLUSTER]`. User and password may
/// hold %XX; IPv6 stands in brackets. At most 32 addresses.
struct url {
  std::vector<address> seeds;
  std::string cluster = std::string(default_cluster);
  std::optional<credentials> who;
  transport by = transport::plain;
};

/// `errc::bad_url` for what is none.
result<url> parse_url(std::string_view text);

}  // namespace blotter::hazelcast
