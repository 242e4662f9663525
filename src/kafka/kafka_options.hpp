#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/client_handle.hpp"
#include "kafka/feed_url.hpp"

namespace blotter::kafka {

/// What of running transactions is read.
enum class isolation {
  committed,    ///< only what was committed; one transaction left open holds its partitions up
  uncommitted,  ///< everything at once, aborted records too
};

/// A line for the log; `level` as in syslog (3 error, 4 warning, 6 information). Called on threads of this
/// module.
using log_line = std::function<void(int level, std::string_view line)>;

/// What a feed from Kafka is told.
struct kafka_options {
  std::vector<broker_address> brokers;  ///< to ask first; 1 or more
  std::string topic;
  std::vector<property> properties;  ///< handed on to librdkafka: TLS, SASL, buffer sizes
  isolation isolation_level = isolation::committed;
  log_line log = [](int, std::string_view) {};
};

/// The settings of a consuming handle: those that were measured to be quick, then the caller's own. Throws
/// std::runtime_error for one that the feed itself depends on, and for brokers or a topic left out.
std::vector<property> consumer_properties(const kafka_options& options);

/// Whether brokers are spoken to in clear, so that anything but librdkafka can talk to them.
bool in_clear(const std::vector<property>& properties);

/// Reads `NAME=VALUE`. Throws std::runtime_error when it has no name.
property parse_property(std::string_view text);

}  // namespace blotter::kafka
