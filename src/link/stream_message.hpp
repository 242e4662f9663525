#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "link/message.hpp"

// What a gateway and a node say to each other: the streams of many viewers on one connection. Events pass
// whole, byte for byte as a viewer gets them. Each core of a node takes links of its own, for the clients
// whose tables live there.

namespace blotter::link {

/// A gateway's name for one viewer's stream on one link. It chooses it and never uses it twice on a link, so
/// that what is still under way for a stream that it closed is told from the next.
enum class stream_id : std::uint64_t {};
/// A gateway's name for one question, likewise.
enum class question_id : std::uint64_t {};

// From gateway to node.

/// Send this client's events, from this bookmark if there is one: as it came from outside.
struct open_stream {
  stream_id id;
  std::string client;
  std::optional<std::string> bookmark;
  std::uint8_t beat_s = 0;  ///< 0: as the node beats
};
struct close_stream {
  stream_id id;
};
/// So many bytes of these streams, counted from each one's start, have been written to its viewer's
/// connection: their windows move on.
struct stream_taken {
  struct one {
    stream_id id;
    std::uint64_t bytes_total;
  };
  std::vector<one> all;
};
/// The client's rows once, as `GET /v1/clients/{client}/rows` answers.
struct ask_rows {
  question_id id;
  std::string client;
};

// From node to gateway.

/// Whole events. The same bytes may be for many viewers of one client: they are there once. Parts begin one
/// behind the other, or in the same place, and leave nothing of the text out.
struct stream_events {
  struct part {
    stream_id to;
    std::uint32_t begin;  ///< in `text`
    std::uint32_t size;
  };
  std::vector<part> parts;
  std::string text;
};
/// No more of this stream: the node's last word about it.
struct stream_ended {
  enum class cause : std::uint8_t {
    full,         ///< not taken up: the node has as many viewers as it may
    client_full,  ///< not taken up: the client has
    leaving,      ///< the node leaves: open it on another, from the last id
    stuck,        ///< the viewer took nothing for too long
  };
  stream_id id;
  cause why;
};
struct rows_answer {
  question_id id;
  std::string json;        ///< empty: there are more rows than `answer_size_max` holds
  std::uint64_t rest = 0;  ///< bytes still to come; 0 in what a session hands on: it puts pieces together
};

// Both ways: `heartbeat`, sent each `heartbeat_period` by the gateway and answered by the node at once,
// through the loops that serve streams.

using to_serving_node = std::variant<open_stream, close_stream, stream_taken, ask_rows, heartbeat>;
using to_gateway = std::variant<stream_events, stream_ended, rows_answer, heartbeat>;

/// A node has at most this many bytes of one stream under way, and one send more: beyond it the viewer is a
/// cursor that lags, and what waits in the gateway for a viewer that does not read is bounded by it.
inline constexpr std::uint64_t stream_window_bytes = 32 << 10;
/// A gateway says `stream_taken` when so much of a window was taken, at the latest.
inline constexpr std::uint64_t stream_taken_step_bytes = stream_window_bytes / 4;

/// Longest bookmark, as it came from outside: what a request's head has room for.
inline constexpr std::size_t opening_size_max = 16 << 10;
/// Largest answer to a question for rows.
inline constexpr std::size_t answer_size_max = 16 << 20;

}  // namespace blotter::link
