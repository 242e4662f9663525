#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.hpp"
#include "sim/plan.hpp"

namespace blotter::sim {

/// What may go wrong in a life.
enum class fault_kind : std::uint8_t {
  router_killed,
  router_frozen,
  router_slow,
  node_killed,
  node_frozen,
  node_slow,
  node_drained,
  wall_clock_stepped,
  link_cut,
  link_half_open,
  link_held,
  link_held_one_way,
  feed_away,
  feed_away_for_all,
  feed_redelivers,
  log_compacted,
  horizon_passes,  ///< rows are deleted and the deletes compacted away while those who had them are not there
  log_truncated,
  log_made_anew,
  partitions_added,
  viewer_reads_slowly,
  viewer_stops_reading,
  viewer_leaves,
  viewer_vanishes,
  viewer_breaks_off,
  viewer_comes_back_old,
  viewer_brings_foreign_bookmark,
  viewer_brings_forged_bookmark,
  viewer_way_held,
  viewer_way_cut,
  router_lags,  ///< it reads its feed late and does not know it: a replica that is behind
  replicas_lost,
  partition_moved,
  moved_rows_deleted,  ///< partitions are added, then rows deleted while one who has their older values is
                       ///< away
  everywhere_,         ///< those before it may strike in any life
  // Of the directory, in lives that have one.
  directory_away = everywhere_,
  directory_mute,
  directory_slow,
  directory_without_events,
  directory_disordered,
  directory_of_old_views,
  directory_split,
  directory_emptied,
  directory_clock_jumps,
  directory_cut_off,  ///< from one process
  router_drained,     ///< it leaves when others have its partitions, and comes back
  name_doubled,       ///< a second process takes itself for a member that there is
  directory_end_,
  // Of gateways, in lives that have some.
  gateway_killed = directory_end_,
  gateway_frozen,
  gateway_slow,
  carry_cut,
  carry_half_open,
  carry_held,
  carry_held_one_way,
  carried_end_,
  // Of viewers that connect themselves, in lives that have some.
  place_late = carried_end_,  ///< a gateway's answers come when this is mended
  place_lost,                 ///< they never come
  gateway_clock_wrong,        ///< the tickets that it gives are over, or are so late
  node_killed_after_place,    ///< between the answer and the connection
  node_drained_after_place,
  gateway_killed_before_place,
  viewer_shows_bad_ticket,
  viewer_moves_itself,
  count_,
};
inline constexpr std::size_t fault_kind_count = static_cast<std::size_t>(fault_kind::count_);
/// No viewer should notice any fault of this life.
bool only_the_directory_fails(const plan& life);
std::string_view name(fault_kind what);

struct fault {
  fault_kind what{};
  milliseconds at{0};        ///< from the life's begin
  milliseconds lasts{0};     ///< then it is mended
  std::uint64_t detail = 0;  ///< whom it hits and how, as far as there is a choice
};

/// Fault number `index` of a life, drawn from its seed and that number alone: leaving one out changes no
/// other.
fault draw_fault(const plan& life, std::uint32_t index);

}  // namespace blotter::sim
