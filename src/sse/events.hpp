#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "table/checksum.hpp"
#include "table/table_set.hpp"

namespace blotter::sse {

/// Version of the events in docs/protocol.md.
inline constexpr int protocol_version = 1;

/// Why a viewer must forget its rows.
enum class reset_reason : std::uint8_t { generation, horizon, future, malformed, behind, node };
std::string_view name(reset_reason reason);

/// Why what a viewer sees may be behind; `current` when it is not.
enum class freshness : std::uint8_t { current, loading, feed, router, node };
std::string_view name(freshness state);

/// Why the server ends a stream; the number is on the wire and never changes its meaning. A viewer that does
/// not read is cut without one: nothing could reach it.
enum class bye_reason : std::uint8_t { shutdown = 1, overload = 3 };
std::string_view name(bye_reason reason);

/// What `live` and `beat` prove.
struct proof {
  std::size_t count;
  table::checksum sum;
};

// Each function appends one whole event to `out`: an event either stands in it whole or not at all. `id` is a
// bookmark's text, or empty for none. Texts for people may hold anything and are escaped.

void append_retry(std::string& out, milliseconds delay);
/// `time` lets the viewer judge how late what follows is: it comes before anything that could hold it up.
void append_hello_resumed(std::string& out, std::string_view member, std::chrono::seconds beat,
                          wall_time time);
void append_hello_fresh(std::string& out, std::string_view member, std::string_view reason,
                        std::chrono::seconds beat, wall_time time);
void append_reset(std::string& out, reset_reason reason, std::string_view text);
void append_live(std::string& out, std::string_view id, const proof& shown);
/// `shown` is null while rows are still on their way to the viewer.
void append_beat(std::string& out, std::string_view id, wall_time time, milliseconds lag, const proof* shown);
void append_status(std::string& out, freshness state, std::string_view text);
/// The viewer is to open another stream behind this id, and to drop this one when that speaks.
void append_moving(std::string& out, std::string_view id);
void append_bye(std::string& out, std::string_view id, bye_reason reason, bool reconnect);

/// A `rows` event in the making: `begin`, a row at a time, `end`. Between them `out` is the caller's to throw
/// away.
void begin_rows(std::string& out);
void append_row(std::string& out, const table::row_view& row);
/// Ends the event. The id stands behind the data: its length is only then known to be worth it.
void end_rows(std::string& out, std::string_view id);

/// The 16 hexadecimal digits of a checksum.
void append_checksum(std::string& out, const table::checksum& sum);
void append_number(std::string& out, std::int64_t number);

}  // namespace blotter::sse
