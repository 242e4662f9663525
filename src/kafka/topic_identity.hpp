#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "kafka/feed_url.hpp"
#include "table/position.hpp"

namespace blotter::kafka {

/// Kafka's own id of a topic: another one when a topic was deleted and made again under its name. All zero
/// when it is not known.
using topic_id = std::array<std::uint8_t, 16>;

/// What tells one incarnation of a topic from another.
struct topic_identity {
  std::string cluster;  ///< the cluster's id; another one when a broker's data was wiped
  topic_id id{};
  std::uint32_t partitions = 0;
  /// Of each partition's present leader; grows when leadership moves. Says nothing about identity. Empty when
  /// not known.
  std::vector<std::int32_t> leader_epochs;
  std::vector<broker_address> brokers;  ///< that the cluster names, for asking them later

  bool same_topic(const topic_identity& other) const {
    return cluster == other.cluster && id == other.id && partitions == other.partitions;
  }
};

/// The generation of positions in this topic: in its upper 48 bits a hash of cluster, topic id and number of
/// partitions, so equal over restarts of our process and on every process; in the lower 16 how often its log
/// was seen to be cut, though its identity stayed. Nothing in the cluster remembers a cut, so a process that
/// starts after one, or misses it, counts one less. It hears of the others' generation and follows the
/// greater count (see `is_later`): so all are at the same value once they have heard of each other, and
/// meanwhile a lesser one stands for the log from before the cut, or for nothing. Never `generation::none`.
table::generation generation_of(const topic_identity& topic, std::uint16_t cuts = 0);

/// The same topic, of which more cuts are known. False for generations of different topics.
bool is_later(table::generation one, table::generation than);
/// How often the log was cut, as far as whoever made it knew.
std::uint16_t cuts_in(table::generation one);

}  // namespace blotter::kafka
