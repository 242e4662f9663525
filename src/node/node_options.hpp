#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "link/message.hpp"
#include "table/table_set.hpp"

namespace blotter::node {

enum class node_errc {
  viewers_max = 1,        ///< the node holds as many viewers as it may
  viewers_per_client_max  ///< this client does
};
error_code make_error_code(node_errc e);

struct node_options {
  std::string member;  ///< name of this process, for `hello`
  table::table_limits tables;
  std::size_t viewers_max = 10'000;
  std::size_t viewers_per_client_max = 1'000;
  /// Tables of clients without viewers are kept so long, for those who come back, and at most so many.
  milliseconds idle_table_time = std::chrono::seconds(30);
  std::size_t idle_tables_max = 1'000;
  /// A viewer to whom nothing could be sent for so long is let go.
  milliseconds stuck_time = std::chrono::seconds(30);
  /// Largest `rows` event, in bytes but for its last row: bounds what waits half sent for a slow viewer.
  std::size_t event_bytes_max = 64 * 1024;
  std::size_t event_rows_max = 512;
  /// The router is told what was taken in after so many bytes: each word wakes it. At most half its window.
  std::uint64_t taken_step_bytes = link::window_bytes / 4;
  /// When partitions move to other links, viewers are told that they may be behind only if what they see was
  /// not brought up to date within this time. Together with `link::silence_max` well below 2 s.
  milliseconds settle_time{500};
  /// A node that has not taken in for so long what reached it, or a viewer to whom rows are on their way for
  /// so long, is late, and told so. With as much again for the next turn below 2 s.
  milliseconds late_time = std::chrono::seconds(1);
  /// A bookmark that has seen more of the feed than this node is judged only after this time: another node's
  /// replica may be some moments ahead, and a viewer that moves from there must not begin anew for that.
  milliseconds future_time = std::chrono::seconds(1);
  /// Partitions that come to be served while others are not are taken up after this time without another:
  /// each choice has every client subscribed anew.
  milliseconds partial_choice_time = std::chrono::seconds(1);
  /// Partitions are spread evenly over the links when nothing has changed for so long.
  milliseconds spread_time = std::chrono::seconds(3);
  std::uint64_t seed = 0;  ///< of the spread of beats and retries
};

struct view_request {
  std::string_view client;                   ///< 1 to `table::client_id_size_max` bytes
  std::optional<std::string_view> bookmark;  ///< as it came from outside
  std::chrono::seconds beat{5};              ///< 1 to 30
  /// Who brings the viewer its events. A gateway has others to go to when this node leaves: its viewers are
  /// told nothing of that.
  enum class carrier : std::uint8_t { connection, gateway } by = carrier::connection;
};

/// Since the start; for metrics.
struct node_counters {
  std::uint64_t events_sent = 0;
  std::uint64_t rows_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t viewers_opened = 0;
  std::uint64_t viewers_resumed = 0;
  std::uint64_t viewers_stuck = 0;
  std::uint64_t viewers_refused = 0;
  std::array<std::uint64_t, 5> resets{};  ///< by `sse::reset_reason`
  std::uint64_t rows_received = 0;
  std::uint64_t choices = 0;  ///< times that partitions were given to other links
};

}  // namespace blotter::node

template <>
struct boost::system::is_error_code_enum<blotter::node::node_errc> : std::true_type {};
