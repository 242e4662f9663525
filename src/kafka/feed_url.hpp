#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace blotter::kafka {

/// Where a broker listens. `host` is a name or an address, without brackets.
struct broker_address {
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const broker_address&, const broker_address&) = default;
};

/// A topic and the brokers to ask for it first.
struct feed_url {
  std::vector<broker_address> brokers;  ///< 1 or more
  std::string topic;
};

/// Reads `kafka://HOST:PORT[,HOST:PORT...]/TOPIC`, IPv6 addresses in brackets. The error says what to write
/// instead.
result<feed_url> parse_feed_url(std::string_view text);

/// Reads `HOST:PORT[,HOST:PORT...]`.
result<std::vector<broker_address>> parse_brokers(std::string_view text);

/// `HOST:PORT,HOST:PORT`, as librdkafka wants it.
std::string to_string(const std::vector<broker_address>& brokers);

}  // namespace blotter::kafka
