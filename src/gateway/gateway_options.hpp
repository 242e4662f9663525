#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "directory/placement.hpp"
#include "link/stream_message.hpp"

namespace blotter::gateway {

enum class gateway_errc {
  viewers_max = 1,        ///< the gateway holds as many viewers as it may
  viewers_per_client_max  ///< this client does
};
error_code make_error_code(gateway_errc e);

struct gateway_options {
  std::size_t viewers_max = 50'000;  ///< of one core
  std::size_t viewers_per_client_max = 1'000;
  directory::placement_options placement;
  /// Streams are opened at most so fast where their viewers have bookmarks, and snapshots at a quarter of it:
  /// or the loss of one node is that of the next, which has everybody's tables to load. Of one core of one
  /// gateway. `reopen_burst` at once, to be had again at that rate.
  double reopen_rate = 20'000;
  double reopen_burst = 1'000;
  /// A node is told what was taken of a stream after so many bytes: at most a quarter of the window that it
  /// gives each.
  std::uint64_t taken_step_bytes = link::stream_taken_step_bytes;
  /// What comes by a link that was not heard for so long may be behind: two heartbeats are missing.
  milliseconds quiet_time{700};
  /// A link that was not heard for so long is suspect: four heartbeats, and the first streams flow elsewhere
  /// well within 2 s.
  milliseconds suspect_time{1'000};
  /// While most of its nodes are silent the gateway suspects itself, and moves nothing until this time.
  milliseconds dead_time{3'000};
  /// A viewer whose stream gave no good sign for so long is told that it may be behind. With a tick well
  /// below 2 s.
  milliseconds stale_time{1'400};
  /// The same of a viewer whose beat is so late, when its link is quiet: it would take its connection for
  /// dead after 2.5 beats.
  milliseconds late_time{450};
  /// The same from the moment its stream is known to be lost. With the longest wait for a beat of a second
  /// well below the 2.5 beats after which a viewer takes its connection for dead.
  milliseconds lost_time{700};
  /// A node that is lost for the k-th time gets no new client for `hold_first` times 2^(k-1), at most
  /// `hold_max`, a fifth more or less; one loss is forgiven for each four `hold_first` of health.
  milliseconds hold_first = std::chrono::seconds(10);
  milliseconds hold_max = std::chrono::seconds(300);
  /// A node that said that it is full is not asked again for so long.
  milliseconds full_time{1'000};
  /// Streams that move from one node to another at a time: each is there twice for a moment.
  std::size_t moves_max = 128;
  /// A stream that moves waits so long for the target to have the client's table; else it stays.
  milliseconds move_time = std::chrono::seconds(5);
  /// A client that could not be moved is left alone for so long.
  milliseconds move_rest = std::chrono::seconds(30);
  /// Who was told where a client is, is told the same for so long: viewers that connect themselves would else
  /// be spread by load, and each node load the client's table. Of so many clients at most, those of late.
  milliseconds place_time = std::chrono::minutes(10);
  std::size_t places_max = 100'000;
  /// Proposals to the directory, of which node has a client: so many under way at once, and so many that wait
  /// behind them. Beyond it the one that waits longest is dropped: it is a hint, and proposed again in
  /// `propose_again`.
  std::size_t proposals_max = 256;
  std::size_t proposals_waiting_max = 16'384;
  /// Each client that is here is proposed again within so long: its entry lives on, and what it says is known
  /// though the word of a change was lost. Well below an entry's life.
  milliseconds propose_again = std::chrono::seconds(150);
  /// A client whose node by the directory does not serve here is looked at again so often.
  milliseconds look_again{1'000};
  /// A node that the directory gives clients to and does not name as a member for so long has gone: news of
  /// the two take ways of their own.
  milliseconds unknown_time{3'000};
  /// A client whose node was replaced for being slow is not taken from another for that for so long; twice as
  /// long each time, at most 32 times. Two gateways may each find the other's choice slow.
  milliseconds gray_rest = std::chrono::seconds(30);
  std::uint64_t seed = 0;  ///< of delays that are spread
};

struct view_request {
  std::string_view client;                   ///< 1 to `table::client_id_size_max` bytes
  std::optional<std::string_view> bookmark;  ///< as it came from outside; longer than 4 KiB is as malformed
  std::chrono::seconds beat{0};              ///< 1 to 30; 0: as the nodes beat
};

/// Why a stream went to another node.
enum class cause : std::uint8_t {
  reset,    ///< its link broke
  silence,  ///< its link was not heard
  lease,    ///< it was in doubt, and the directory says that the node has gone
  leaving,  ///< the node leaves
  full,     ///< the node would not have it
  gray,     ///< the node is much slower than its peers
  hint,     ///< others have the client on another node
};
inline constexpr std::size_t cause_count = 7;
std::string_view name(cause why);

/// One viewer's way to another node.
struct reroute {
  cause why;
  milliseconds taken;  ///< from the loss noticed to the new stream's first event
  milliseconds gap;    ///< from the last good sign of the old stream to `live` of the new one
};

/// Since the start; for metrics.
struct gateway_counters {
  std::uint64_t events_passed = 0;  ///< messages to viewers, each of one or more events
  std::uint64_t bytes_passed = 0;
  std::uint64_t viewers_opened = 0;
  std::uint64_t viewers_refused = 0;     ///< by this gateway's limits
  std::uint64_t viewers_overloaded = 0;  ///< sent away, as no node would have them
  std::uint64_t viewers_stuck = 0;
  std::uint64_t placed = 0;  ///< answers that named a node
  std::uint64_t streams_opened = 0;
  std::uint64_t streams_stale = 0;  ///< events of streams that had ended, dropped
  std::uint64_t events_broken = 0;  ///< dropped with their link: no whole events
  std::uint64_t told_stale = 0;
  std::uint64_t suspicions = 0;  ///< of links
  std::uint64_t suspicions_taken_back = 0;
  std::uint64_t self_suspicions = 0;  ///< times that most of the nodes were silent at once
  std::uint64_t resets = 0;           ///< viewers who had to begin anew: they had rows and no bookmark yet
  std::array<std::uint64_t, cause_count> reroutes{};
  std::uint64_t moves_given_up = 0;
  std::uint64_t nodes_gray = 0;           ///< times that a node was found much slower than its peers
  std::uint64_t proposals = 0;            ///< to the directory, of which node has a client
  std::uint64_t proposals_lost = 0;       ///< another node has it
  std::uint64_t proposals_replacing = 0;  ///< of a node in place of one that leaves, has gone or is slow
  std::uint64_t proposals_dropped = 0;    ///< too many waited
  std::uint64_t proposals_failed = 0;     ///< of which nobody knows what became
};

}  // namespace blotter::gateway

template <>
struct boost::system::is_error_code_enum<blotter::gateway::gateway_errc> : std::true_type {};
