#include "kafka/kafka_options.hpp"

#include <algorithm>
#include <stdexcept>

namespace blotter::kafka {
namespace {

// With any of these changed the feed would lose rows or not know where it is.
constexpr std::string_view own[] = {
    "bootstrap.servers",        "metadata.broker.list",     "group.id",          "enable.auto.commit",
    "auto.commit.enable",       "enable.auto.offset.store", "auto.offset.reset", "enable.partition.eof",
    "allow.auto.create.topics", "isolation.level",          "log.queue",
};

}  // namespace

std::vector<property> consumer_properties(const kafka_options& options) {
  if (options.brokers.empty()) throw std::runtime_error("Kafka feed: no broker named");
  if (options.topic.empty()) throw std::runtime_error("Kafka feed: no topic named");
  std::vector<property> all = {
      {"client.id", "blotter"},
      {"bootstrap.servers", to_string(options.brokers)},
      {"isolation.level",
       options.isolation_level == isolation::committed ? "read_committed" : "read_uncommitted"},
      {"enable.auto.commit", "false"},
      {"auto.offset.reset", "error"},  // the default jumps to the end of a log that was cut: silent loss
      {"enable.partition.eof", "true"},
      {"allow.auto.create.topics", "false"},
      {"check.crcs", "true"},
      {"fetch.wait.max.ms", "50"},  // how long a log's end stays unknown after its last record
      {"fetch.error.backoff.ms", "10"},
      {"topic.metadata.refresh.fast.interval.ms", "20"},
      {"topic.metadata.refresh.interval.ms", "30000"},
      {"socket.nagle.disable", "true"},
      {"socket.keepalive.enable", "true"},
      {"socket.connection.setup.timeout.ms", "3000"},
      {"socket.timeout.ms", "10000"},
      {"reconnect.backoff.ms", "50"},  // the default waits for up to 10 s after the broker is back
      {"reconnect.backoff.max.ms", "250"},
  };
  for (const auto& [name, value] : options.properties) {
    if (std::ranges::find(own, name) != std::end(own)) {
      throw std::runtime_error("Kafka property " + name + "=" + value +
                               ": the feed depends on its own value");
    }
    all.push_back({name, value});
  }
  return all;
}

bool in_clear(const std::vector<property>& properties) {
  std::string protocol = "plaintext";
  for (const auto& [name, value] : properties) {
    if (name == "security.protocol") protocol = value;
  }
  std::ranges::transform(protocol, protocol.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? c | 32 : c; });
  return protocol == "plaintext";
}

property parse_property(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    throw std::runtime_error("Kafka property '" + std::string(text) + "': write NAME=VALUE");
  }
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

}  // namespace blotter::kafka
