#include "sim/faults.hpp"

#include <array>

#include "base/random.hpp"

namespace blotter::sim {

std::string_view name(fault_kind what) {
  constexpr std::array<std::string_view, fault_kind_count> names{
      "router_killed",
      "router_frozen",
      "router_slow",
      "node_killed",
      "node_frozen",
      "node_slow",
      "node_drained",
      "wall_clock_stepped",
      "link_cut",
      "link_half_open",
      "link_held",
      "link_held_one_way",
      "feed_away",
      "feed_away_for_all",
      "feed_redelivers",
      "log_compacted",
      "horizon_passes",
      "log_truncated",
      "log_made_anew",
      "partitions_added",
      "viewer_reads_slowly",
      "viewer_stops_reading",
      "viewer_leaves",
      "viewer_vanishes",
      "viewer_breaks_off",
      "viewer_comes_back_old",
      "viewer_brings_foreign_bookmark",
      "viewer_brings_forged_bookmark",
      "viewer_way_held",
      "viewer_way_cut",
      "router_lags",
      "replicas_lost",
      "partition_moved",
      "moved_rows_deleted",
      "directory_away",
      "directory_mute",
      "directory_slow",
      "directory_without_events",
      "directory_disordered",
      "directory_of_old_views",
      "directory_split",
      "directory_emptied",
      "directory_clock_jumps",
      "directory_cut_off",
      "router_drained",
      "name_doubled",
      "gateway_killed",
      "gateway_frozen",
      "gateway_slow",
      "carry_cut",
      "carry_half_open",
      "carry_held",
      "carry_held_one_way",
      "place_late",
      "place_lost",
      "gateway_clock_wrong",
      "node_killed_after_place",
      "node_drained_after_place",
      "gateway_killed_before_place",
      "viewer_shows_bad_ticket",
      "viewer_moves_itself",
  };
  return names[static_cast<std::size_t>(what)];
}

namespace {

constexpr auto everywhere = static_cast<std::uint64_t>(fault_kind::everywhere_);

fault_kind draw_from(fault_kind first, fault_kind end, random_source& random) {
  const auto begin = static_cast<std::uint64_t>(first);
  return static_cast<fault_kind>(begin + random.below(static_cast<std::uint64_t>(end) - begin));
}

/// A kind that lives like this one have, gateways aside.
fault_kind draw_kind(const plan& life, random_source& random) {
  if (life.directory == 0) return static_cast<fault_kind>(random.below(everywhere));
  // A second process of its name ends a first one in a directory that is split: that may be noticed.
  if (life.directory == 2) return draw_from(fault_kind::directory_away, fault_kind::name_doubled, random);
  if (random.below(2) == 0) return draw_from(fault_kind::directory_away, fault_kind::directory_end_, random);
  return static_cast<fault_kind>(random.below(everywhere));
}

}  // namespace

bool only_the_directory_fails(const plan& life) {
  if (life.directory == 0 || life.router_memory_bytes > 0) return false;
  for (std::uint32_t i = 0; i < std::min(life.faults, 64u); ++i) {
    if ((life.faults_kept >> i & 1) == 0) continue;
    const fault_kind what = draw_fault(life, i).what;
    if (what < fault_kind::directory_away || what >= fault_kind::name_doubled) return false;
  }
  return true;
}

fault draw_fault(const plan& life, std::uint32_t index) {
  random_source random(life.seed * 0xD6E8FEB86659FD93u + index * 0x9E3779B97F4A7C15u + 7);
  fault drawn;
  // Each life has its own few favourites, so that kinds meet that rarely would.
  random_source favour(life.seed * 0xA24BAED4963EE407u + 3);
  const auto kinds = 1 + favour.below(8);
  std::array<fault_kind, 8> favourites{};
  for (fault_kind& each : favourites) each = draw_kind(life, favour);
  drawn.what = random.below(3) == 0 ? draw_kind(life, random) : favourites[random.below(kinds)];
  drawn.at = milliseconds(static_cast<std::int64_t>(random.below(life.run_ms)));
  const auto longest = random.below(3) == 0 ? life.run_ms : random.below(2) ? 1200u : 100u;
  drawn.lasts = milliseconds(static_cast<std::int64_t>(1 + random.below(longest)));
  // One that is told only after two seconds must last longer than that to matter.
  const bool feed = drawn.what == fault_kind::feed_away || drawn.what == fault_kind::feed_away_for_all;
  if (feed && random.below(2)) drawn.lasts += milliseconds(life.run_ms / 2);
  // Members are judged by seconds.
  if (drawn.what >= fault_kind::directory_away && random.below(3) != 0)
    drawn.lasts += milliseconds(static_cast<std::int64_t>(random.below(9000)));
  drawn.detail = random.next();
  if (life.gateways > 0 && life.directory != 2 && random.below(3) == 0)
    drawn.what = draw_from(fault_kind::gateway_killed, fault_kind::carried_end_, random);
  if (life.direct_percent > 0 && life.directory != 2 && random.below(3) == 0)
    drawn.what = draw_from(fault_kind::place_late, fault_kind::count_, random);
  return drawn;
}

}  // namespace blotter::sim
