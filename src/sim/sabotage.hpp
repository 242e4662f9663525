#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "feed/event.hpp"
#include "link/message.hpp"
#include "link/stream_message.hpp"

namespace blotter::sim {

/// Defects that the simulator plants on the ways between cores, to show that the oracle catches them.
enum class sabotage : std::uint8_t {
  none,
  // What the feed tells a router.
  change_lost,
  change_twice_with_newer_version,
  feed_loss_withheld,
  horizon_of_feed_withheld,
  delete_lost_in_feed,
  partition_began_withheld,
  // What a router tells a node.
  row_lost,
  tombstone_lost,
  clients_swapped,
  caught_up_early,
  progress_overstated,
  router_horizon_withheld,
  feed_status_withheld,
  new_generation_withheld,
  older_generation_taken,
  serving_lost,
  began_anew_withheld,
  began_anew_without_need,
  silence_hidden,
  // What a node tells a router.
  wanted_lost,
  wanted_short_of_a_partition,
  wanted_without_reach,
  have_one_further,
  have_withheld,
  subscription_lost,
  subscription_leaked,
  window_ignored,
  // What a viewer brings.
  bookmark_one_further,
  bookmark_one_back,
  bookmark_short_of_a_partition,
  bookmark_of_other_generation_accepted,
  viewer_of_another_client,
  viewer_leaked,
  // What a node tells a viewer.
  rows_lost,
  rows_twice,
  old_rows_again,
  live_early,
  wrong_checksum,
  wrong_count,
  old_proof_in_beat,
  stale_withheld,
  current_withheld,
  reset_withheld,
  reset_without_need,
  beat_withheld,
  id_of_live_left_out,
  id_of_rows_left_out,
  moving_withheld,
  byte_changed,
  // What a gateway does.
  half_event_passed,
  id_not_fully_sent,
  superseded_event_passed,
  node_loss_withheld,
  client_on_two_nodes,
  placement_answer_ignored,
  placement_written_over,
  placement_changes_unheard,
  old_place_again,
  // What a node makes of a ticket.
  forged_ticket_accepted,
  expired_ticket_accepted,
  ticket_of_another_client_accepted,
  ticket_of_another_node_accepted,
  // What a node answers.
  old_answer_again,
  row_left_out_of_answer,
  // What processes make of the directory.
  lease_never_dies,
  removed_member_kept,
  dead_while_directory_away,
  older_incarnation_taken,
  expiry_as_removal,
  renewal_lost,
  name_taken_from_the_living,
  read_again_left_out,
  connected_peer_forgotten,
  given_up_before_caught_up,
  given_up_while_directory_away,
  drained_at_once,
  dead_router_keeps_its_share,
  new_router_unknown,
  count_,
};
inline constexpr std::size_t sabotage_count = static_cast<std::size_t>(sabotage::count_);
std::string_view name(sabotage which);
/// What is wrong with it, as a sentence.
std::string_view sentence(sabotage which);
/// By name; `count_` when there is none.
sabotage sabotage_named(std::string_view text);

/// Does what one `sabotage` says to whatever passes by; with `none`, nothing. Every third chance or so, so
/// that a life gets far enough for the defect to matter.
class saboteur {
 public:
  saboteur(sabotage which, std::uint64_t seed) : which_(which), random_(seed ^ 0x7361626fu) {}

  bool is(sabotage which) const { return which_ == which; }
  bool active() const { return which_ != sabotage::none; }

  /// Each returns false when the event or message is to be left out.
  bool feed_event(feed::event& what);
  bool to_node(link::to_node& what);
  bool to_router(link::to_router& what);
  /// The client that a viewer asks for and its bookmark, as the node is told. `generation` is the node's.
  void opening(std::string& client, std::string& bookmark, std::uint32_t clients,
               table::generation generation);
  /// Whether the node is told that a viewer has gone.
  bool viewer_closed() { return !(is(sabotage::viewer_leaked) && chance()); }
  /// What is answered to a question for rows.
  void answer(std::string& json);
  /// What a gateway sends a viewer; false when it is to be left out.
  bool from_gateway(std::string& events);
  /// What a gateway asks of a node.
  void from_gateway(link::open_stream& what);
  /// What a gateway takes a client for, that it asks nodes for under its own name.
  std::string client_at_gateway(const std::string& client);
  /// Whole events for one viewer; `memory` is the viewer's own string for what is to be repeated.
  void to_viewer(std::string& events, std::string& memory);

 private:
  bool chance() { return random_.below(3) == 0; }
  void one_event(std::string_view event, std::string& out, std::string& memory);

  sabotage which_;
  random_source random_;
  std::map<std::string, std::string> answers_;  ///< the first for each client
  table::generation first_ = table::generation::none;
  std::set<link::subscription_id> anew_;  ///< whose place was withheld
};

}  // namespace blotter::sim
