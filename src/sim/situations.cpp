#include "sim/situations.hpp"

namespace blotter::sim {

std::string_view name(situation what) {
  constexpr std::array<std::string_view, situation_count> names{
      "snapshot_sent",
      "snapshot_while_rows_change",
      "resumed",
      "resumed_on_another_node",
      "resumed_after_two_failures",
      "resume_across_a_reset",
      "reset_generation",
      "reset_horizon",
      "reset_future",
      "reset_malformed",
      "reset_behind",
      "delete_seen",
      "row_came_back_after_delete",
      "viewer_told_to_wait",
      "viewer_stuck_and_let_go",
      "viewer_refused",
      "viewer_silent_came_back",
      "event_cut_on_the_way",
      "two_viewers_of_one_client",
      "stale_by_feed",
      "stale_by_router",
      "stale_by_loading",
      "current_again",
      "router_restarted_with_viewers",
      "node_restarted_with_viewers",
      "router_frozen",
      "node_frozen",
      "node_drained",
      "link_half_open",
      "link_held_one_way",
      "link_window_full",
      "node_of_older_generation",
      "feed_redelivered",
      "feed_compacted_a_delete",
      "horizon_passed_unseen",
      "feed_behind_compaction",
      "feed_truncated",
      "feed_made_anew",
      "partitions_added",
      "malformed_record",
      "foreign_bookmark",
      "forged_bookmark",
      "old_bookmark",
      "rows_answered",
      "rows_answered_after_loading",
      "question_forgotten",
      "stream_begun_from_answer",
      "calm_life",
  };
  return names[static_cast<std::size_t>(what)];
}

}  // namespace blotter::sim
