#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace blotter::serve {

/// Where rows come from, as `feed` says it.
struct simulated_feed {};
struct stdin_feed {};
struct file_feed {
  std::string path;
};
struct kafka_feed {
  std::string url;  ///< kafka://HOST:PORT[,HOST:PORT]/TOPIC; only its form is checked here
};
using feed_address = std::variant<simulated_feed, stdin_feed, file_feed, kafka_feed>;

/// Where `blotter feed` writes to, as `to` says it.
struct stdout_target {};
using target_address = std::variant<stdout_target, kafka_feed>;

/// Where refused records go, as `dead-letter` says it.
struct no_dead_letter {};
struct topic_dead_letter {
  std::string topic;
};
using dead_letter_address = std::variant<no_dead_letter, file_feed, topic_dead_letter>;

struct listen_address {
  std::string address;     ///< an IP address, without the brackets of IPv6; `localhost` has become 127.0.0.1
  std::uint16_t port = 0;  ///< 0: a free one
};

// Each `refuse_…` says what is wrong with a setting's text, or nothing; of a text that is refused `…_of`
// checks.

using refused_text = std::optional<std::string>;
refused_text refuse_feed(std::string_view text);
refused_text refuse_target(std::string_view text);
refused_text refuse_dead_letter(std::string_view text);
refused_text refuse_listen(std::string_view text);
refused_text refuse_property(std::string_view text);
/// `cluster` may have a topic of its own: empty.
refused_text refuse_cluster_kafka(std::string_view text);

feed_address feed_of(std::string_view text);
target_address target_of(std::string_view text);
dead_letter_address dead_letter_of(std::string_view text);
listen_address listen_of(std::string_view text);
/// The topic in `kafka://…/TOPIC`; empty for any other feed.
std::string topic_of(const feed_address& from);
/// "name=value" in its two parts; the value may hold further `=`.
std::pair<std::string, std::string> property_of(std::string_view text);

}  // namespace blotter::serve
