#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "readers.hpp"

// Rows into a topic at an even rate, each with the time at which it was made.

namespace bench {

inline rd_kafka_t* kafka_handle(rd_kafka_type_t type,
                                const std::vector<std::pair<std::string, std::string>>& properties) {
  char why[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : properties)
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) {
      std::fprintf(stderr, "%s\n", why);
      std::exit(1);
    }
  return rd_kafka_new(type, conf, why, sizeof why);
}

/// Rows {"clientId","ticker","sent_us",…} of some 200 bytes for `clients` clients, so many a second for so
/// long, or until `stop`.
inline void produce(const std::string& brokers, const std::string& topic, unsigned clients, double rate,
                    double seconds, std::atomic<std::uint64_t>& produced,
                    const std::atomic<bool>* stop = nullptr) {
  rd_kafka_t* producer =
      kafka_handle(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}, {"linger.ms", "5"}, {"acks", "1"}});
  const std::string padding(90, 'x');
  const std::int64_t start = now_us();
  std::uint64_t sent = 0;
  while (now_us() - start < static_cast<std::int64_t>(seconds * 1e6) && !(stop && *stop)) {
    const auto due = static_cast<std::uint64_t>(static_cast<double>(now_us() - start) * rate / 1e6);
    for (; sent < due; ++sent) {
      char key[64];
      char value[512];
      const unsigned client = static_cast<unsigned>(sent % clients) + 1;
      const int key_size = std::snprintf(key, sizeof key, "client-%05u_T%llu", client,
                                         static_cast<unsigned long long>(sent / clients % 20));
      const int size = std::snprintf(
          value, sizeof value,
          "{\"clientId\":\"client-%05u\",\"ticker\":\"T%llu\",\"sent_us\":%lld,\"note\":\"%s\"}", client,
          static_cast<unsigned long long>(sent / clients % 20), static_cast<long long>(now_us()),
          padding.c_str());
      rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()),
                        RD_KAFKA_V_KEY(key, static_cast<std::size_t>(key_size)),
                        RD_KAFKA_V_VALUE(value, static_cast<std::size_t>(size)),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    }
    rd_kafka_poll(producer, 1);
    produced = sent;
  }
  rd_kafka_flush(producer, 5000);
  rd_kafka_destroy(producer);
}

}  // namespace bench
