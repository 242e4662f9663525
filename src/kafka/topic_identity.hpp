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
  /// Of each partition's present leader; grows when leadership moves, and so when a log was truncated by it.
  /// Says nothing about identity by itself. Empty when not known.
  std::vector<std::int32_t> leader_epochs;
  std::vector<broker_address> brokers;  ///< that the cluster names, for asking them later

  bool same_topic(const topic_identity& other) const {
    return cluster == other.cluster && id == other.id && partitions == other.partitions;
  }
};

/// The generation of positions in this topic: a 64-bit hash of cluster, topic id and number of partitions, so
/// equal over restarts of our process and on every process. `truncation` is 0, or what tells apart a log that
/// lost records under an unchanged identity (see `truncation_mark`). Never `generation::none`.
table::generation generation_of(const topic_identity& topic, std::uint64_t truncation = 0);

/// A mark for a truncated log that several readers of it arrive at by themselves: a hash of the leaders'
/// epochs and of where the logs begin, mixed with the mark `before` so that it always changes. Not known to a
/// process that starts later: nothing in the cluster remembers a truncation.
std::uint64_t truncation_mark(const topic_identity& topic, const std::vector<table::record_offset>& begins,
                              std::uint64_t before);

}  // namespace blotter::kafka
