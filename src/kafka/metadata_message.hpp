#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "kafka/topic_identity.hpp"

namespace blotter::kafka {

/// An answer longer than this is refused unread. A topic of 10,000 partitions with 5 replicas needs about 600
/// KiB.
inline constexpr std::size_t metadata_answer_size_max = 4u << 20;

/// The bytes of a Metadata request, version 12 (the first in which topic ids are always there; Kafka 3.1 and
/// newer), for one topic that the broker must not create, its length in front. librdkafka 2.0.2 knows no
/// topic ids.
std::string metadata_request(std::string_view topic, std::int32_t correlation);

/// Reads the answer (without its length) to the request for `topic` with `correlation`. Hostile bytes give an
/// error, never more memory than the answer's own size times a small constant.
result<topic_identity> read_metadata_answer(std::string_view answer, std::string_view topic,
                                            std::int32_t correlation);

}  // namespace blotter::kafka
