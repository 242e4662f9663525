#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "gateway/gateway_options.hpp"
#include "link/stream_message.hpp"
#include "table/slab.hpp"

namespace blotter::gateway {

/// One stream of a node's, as far as it came.
struct stream_source {
  std::uint32_t link = table::no_slot;  ///< none: no stream
  link::stream_id id{};
  std::uint64_t passed = 0;  ///< bytes of it that came and were passed on, or dropped while it was tried
  std::uint64_t told = 0;    ///< of these, how many the node knows to be taken

  bool open() const { return link != table::no_slot; }
};

/// One viewer: where its events come from, how far they came, and what it was told. The last whole event's id
/// is all that is kept of the events themselves.
struct viewer_stream {
  std::optional<std::string> mark;  ///< what to resume from
  stream_source from;
  stream_source next;         ///< where it moves: tried until the client's table is there, nothing passed on
  std::uint64_t sent = 0;     ///< bytes to its connection, our own words among them
  std::uint64_t written = 0;  ///< of these, by the connection
  instant told{};             ///< when the last of its stream's events was passed on
  instant good{};             ///< while unserved: the last good sign
  instant lost{};             ///< while rerouted: when the loss was noticed
  instant asked{};            ///< when its stream was opened
  instant first{};            ///< and when the new stream's first event came
  instant stale_due{};        ///< while unserved: when it is told, or told again
  instant move_until{};       ///< when it stays after all
  std::uint32_t audience = table::no_slot;
  std::uint32_t place = 0;                     ///< among the audience's viewers
  std::uint32_t serial = 0;                    ///< tells it from others that had its slot; 0: none has it
  std::uint32_t unserved_at = table::no_slot;  ///< place in the gateway's list of those
  std::uint8_t beat_s = 0;
  cause why = cause::reset;  ///< of the reroute
  cause move_why = cause::hint;
  bool heard = false;          ///< something came of this stream
  bool live = false;           ///< `live` of this stream was passed on
  bool was_live = false;       ///< of any stream
  bool stream_stale = false;   ///< this stream said so last
  bool told_stale = false;     ///< the viewer was told so last, by whomever
  bool unmarked_rows = false;  ///< it has rows behind its last id
  bool reset_due = false;      ///< its rows stand for nothing: to be said before the next stream's events
  bool rerouted = false;       ///< has lost a stream, and no other was live since
  bool next_live = false;      ///< of where it moves: it has the table
  bool next_stale = false;     ///< but may be behind itself
  bool queued = false;         ///< waits for a stream
  bool taken_due = false;      ///< the node is to be told what was taken
  bool ending = false;

  bool unserved() const { return unserved_at != table::no_slot; }
  /// Bytes of its stream that its connection has taken. Those that wait are taken to be the last that came:
  /// our own words and other streams' bytes among them make it less for a while, never more.
  std::uint64_t taken() const {
    const std::uint64_t waiting = sent - written;
    return from.passed > waiting ? from.passed - waiting : 0;
  }
};

}  // namespace blotter::gateway
