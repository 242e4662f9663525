#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace blotter::sim {

/// Situations that lives must get into, or what follows from them was never tried: a run that never reached
/// one of them says so and fails. `sometimes` counts them where they happen.
enum class situation : std::uint8_t {
  snapshot_sent,
  snapshot_while_rows_change,
  resumed,
  resumed_on_another_node,
  resumed_after_two_failures,
  resume_across_a_reset,
  reset_generation,
  reset_horizon,
  reset_future,
  reset_malformed,
  reset_behind,
  delete_seen,
  row_came_back_after_delete,
  viewer_told_to_wait,
  viewer_stuck_and_let_go,
  viewer_refused,
  viewer_silent_came_back,
  event_cut_on_the_way,
  two_viewers_of_one_client,
  stale_by_feed,
  stale_by_router,
  stale_by_loading,
  current_again,
  router_restarted_with_viewers,
  node_restarted_with_viewers,
  router_frozen,
  node_frozen,
  node_drained,
  link_half_open,
  link_held_one_way,
  link_window_full,
  node_of_older_generation,
  feed_redelivered,
  feed_compacted_a_delete,
  horizon_passed_unseen,
  feed_behind_compaction,
  feed_truncated,
  feed_made_anew,
  partitions_added,
  delete_kept_for_an_older_value,
  malformed_record,
  foreign_bookmark,
  forged_bookmark,
  old_bookmark,
  rows_answered,
  rows_answered_after_loading,
  question_forgotten,
  stream_begun_from_answer,
  calm_life,
  link_lost_while_loading,
  partition_moved_while_read,
  partition_refused_for_memory,
  all_replicas_lost,
  replica_behind_the_node,
  routers_of_two_generations,
  wanted_of_older_generation,
  link_switched_while_loading,
  directory_away,
  directory_split,
  directory_emptied,
  directory_old_view,
  directory_without_events,
  record_expired_late,
  served_without_directory,
  member_taken_for_dead,
  member_back_again,
  name_refused,
  name_lost,
  router_drained,
  partition_taken_over,
  partition_left_to_others,
  rerouted_by_reset,
  rerouted_by_silence,
  rerouted_by_leaving,
  rerouted_by_full,
  rerouted_by_gray,
  rerouted_by_hint,
  placed_apart,
  placed_without_directory,
  placement_replaced,
  placement_replaced_first,
  stale_by_node,
  stream_refused,
  stream_window_full,
  place_refused,
  place_late,
  place_never_answered,
  node_lost_after_place,
  ticket_forged,
  ticket_expired,
  ticket_of_another_client,
  ticket_of_another_node,
  moved_before_break,
  moved_to_the_same_node,
  moved_while_the_old_stream_ended,
  successor_given_up,
  client_placed_where_it_is_carried,
  count_,
};
inline constexpr std::size_t situation_count = static_cast<std::size_t>(situation::count_);
std::string_view name(situation what);

class situations {
 public:
  void sometimes(situation what, bool happened = true) {
    counts_[static_cast<std::size_t>(what)] += happened;
  }
  std::uint64_t count(situation what) const { return counts_[static_cast<std::size_t>(what)]; }
  void add(const situations& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }

 private:
  std::array<std::uint64_t, situation_count> counts_{};
};

}  // namespace blotter::sim
