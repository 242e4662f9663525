#pragma once

#include "base/result.hpp"

namespace blotter::kafka {

/// What can go wrong at the edge to Kafka. Numbers are kept: logs and tests name them.
enum class errc {
  url_scheme = 1,          ///< does not begin with kafka://
  url_broker = 2,          ///< no broker, or an empty one between commas
  url_host = 3,            ///< a host that cannot be one, or an IPv6 address without brackets
  url_port = 4,            ///< a port that is missing, no number, or not 1 to 65535
  url_topic = 5,           ///< no topic after the brokers
  url_topic_name = 6,      ///< a topic Kafka would not allow
  answer_malformed = 10,   ///< bytes that are no Metadata answer
  answer_too_long = 11,    ///< an answer beyond `metadata_answer_size_max`
  topic_missing = 12,      ///< the cluster has no such topic
  topic_refused = 13,      ///< the cluster answered with an error for the topic
  no_broker_answers = 14,  ///< none takes the connection
  closed_unanswered =
      15,  ///< a broker took the question and closed: it does not speak this version, or not in clear
  timed_out = 16,
  stopped = 17,
};

error_code make_error_code(errc code);

}  // namespace blotter::kafka

template <>
struct boost::system::is_error_code_enum<blotter::kafka::errc> : std::true_type {};
