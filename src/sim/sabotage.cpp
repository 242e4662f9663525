#include "sim/sabotage.hpp"

#include <array>

#include "sim/topic.hpp"
#include "table/bookmark.hpp"

namespace blotter::sim {

namespace {

struct entry {
  std::string_view name;
  std::string_view sentence;
};
constexpr std::array<entry, sabotage_count> entries{{
    {"none", "nothing is wrong"},
    {"change_lost", "a router is not given a record of the log"},
    {"change_twice_with_newer_version", "a router is given a record again under a later offset"},
    {"feed_loss_withheld", "a router is not told that its feed is lost"},
    {"horizon_of_feed_withheld", "a router is not told which deletes compaction may have taken"},
    {"delete_lost_in_feed", "a router is not given a delete"},
    {"partition_began_withheld", "a router is not told that a partition is read from its start"},
    {"row_lost", "a row does not reach the node"},
    {"tombstone_lost", "a delete does not reach the node"},
    {"clients_swapped", "rows are filed under another client's subscription"},
    {"caught_up_early", "a node takes a replica that is still loading for caught up"},
    {"progress_overstated", "a router says that it is further than it is"},
    {"router_horizon_withheld", "a node is not told which deletes its router has forgotten"},
    {"feed_status_withheld", "a node is not told that its router's feed is lost"},
    {"new_generation_withheld", "a node takes rows of a new generation for the old one's"},
    {"older_generation_taken", "a node takes rows of an older generation for the newest one's"},
    {"serving_lost", "a node is not told what a router serves"},
    {"began_anew_withheld", "a node takes a client's rows for resumed that began anew"},
    {"began_anew_without_need", "a node takes a client's rows for begun anew that could have been resumed"},
    {"silence_hidden", "a node does not notice that a router is silent"},
    {"wanted_lost", "a router is not told what a node wants"},
    {"wanted_short_of_a_partition", "a router is told of all but one of the partitions that a node wants"},
    {"wanted_without_reach", "a replica is not told how far the node has come"},
    {"have_one_further", "a node resumes at a replica some records too late"},
    {"have_withheld", "a replica takes a client's table at a node for empty"},
    {"subscription_lost", "a subscription does not reach the router"},
    {"subscription_leaked", "a router keeps a subscription that was ended"},
    {"window_ignored", "a router is told that all it sent was taken"},
    {"bookmark_one_further", "a resume begins one record too late"},
    {"bookmark_one_back", "a resume begins too early"},
    {"bookmark_short_of_a_partition", "a viewer's bookmark has lost its place in a partition"},
    {"bookmark_of_other_generation_accepted", "a bookmark of another generation is taken for this one's"},
    {"viewer_of_another_client", "a viewer is taken for one of another client"},
    {"viewer_leaked", "a node is not told that a viewer has gone"},
    {"rows_lost", "an event with rows does not reach the viewer"},
    {"rows_twice", "an event with rows is sent twice"},
    {"old_rows_again", "an earlier event with rows is sent again later"},
    {"live_early", "live is sent before the rows"},
    {"wrong_checksum", "a checksum is off by one"},
    {"wrong_count", "a count is off by one"},
    {"old_proof_in_beat", "a beat carries an earlier beat's count and checksum"},
    {"stale_withheld", "a viewer is not told that it may be behind"},
    {"current_withheld", "a viewer is not told that it is current again"},
    {"reset_withheld", "a viewer is not told to forget its rows"},
    {"reset_without_need", "a viewer is told to forget rows that are not sent again"},
    {"beat_withheld", "beats stop"},
    {"id_of_live_left_out", "live carries no id"},
    {"id_of_rows_left_out", "now and then rows carry no id"},
    {"moving_withheld", "a viewer is not asked to move before its node leaves"},
    {"byte_changed", "a byte of a row changes on the way"},
    {"half_event_passed", "a gateway passes an event on by half"},
    {"id_not_fully_sent", "a gateway opens a stream behind an event that the viewer was not sent"},
    {"superseded_event_passed", "a gateway passes on what comes of a stream that it has closed"},
    {"node_loss_withheld", "a gateway does not tell a viewer that its node is lost"},
    {"client_on_two_nodes", "a gateway takes one client for two"},
    {"placement_answer_ignored", "a gateway keeps to its own choice, whoever has the client"},
    {"placement_written_over", "a client that another node has is given away as if nobody had it"},
    {"placement_changes_unheard", "a gateway asks once who has a client, and hears of no change"},
    {"old_place_again", "a gateway says of a client's place what it said first"},
    {"forged_ticket_accepted", "a node takes a ticket that others signed"},
    {"expired_ticket_accepted", "a node takes a ticket whose time is over"},
    {"ticket_of_another_client_accepted", "a node takes a ticket for another client"},
    {"ticket_of_another_node_accepted", "a node takes a ticket for another node"},
    {"old_answer_again", "a question for rows is answered as an earlier one was"},
    {"row_left_out_of_answer", "an answer to a question leaves its first row out"},
    {"lease_never_dies", "a dead member's record goes on growing"},
    {"removed_member_kept", "a member that has left is kept, and renewed"},
    {"dead_while_directory_away", "a process does not notice that the directory is away"},
    {"older_incarnation_taken", "records do not tell a process from the one before of its name"},
    {"expiry_as_removal", "a record that expired is told as one that somebody removed"},
    {"renewal_lost", "renewals do not reach the directory"},
    {"name_taken_from_the_living", "a second process is not shown the record of the first one of its name"},
    {"read_again_left_out", "the directory is read once, and never again"},
    {"connected_peer_forgotten", "the directory is not told to whom there are connections"},
    {"given_up_before_caught_up", "a router takes others for caught up that are still loading"},
    {"given_up_while_directory_away", "a router is not told that the directory is away"},
    {"drained_at_once", "a draining router does not wait for others to have its partitions"},
    {"dead_router_keeps_its_share", "a router is not told that another one is gone"},
    {"new_router_unknown", "a node is not told of a router that has come again"},
}};

void replace(std::string& text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at != std::string::npos) text.replace(at, from.size(), to);
}

}  // namespace

std::string_view name(sabotage which) {
  return entries[static_cast<std::size_t>(which)].name;
}

std::string_view sentence(sabotage which) {
  return entries[static_cast<std::size_t>(which)].sentence;
}

sabotage sabotage_named(std::string_view text) {
  std::size_t i = 0;
  while (i < sabotage_count && entries[i].name != text) ++i;
  return static_cast<sabotage>(i);
}

bool saboteur::feed_event(feed::event& what) {
  if (is(sabotage::feed_loss_withheld)) return !std::holds_alternative<feed::feed_lost>(what);
  if (is(sabotage::horizon_of_feed_withheld)) return !std::holds_alternative<feed::horizon_known>(what);
  if (is(sabotage::partition_began_withheld)) return !std::holds_alternative<feed::partition_began>(what);
  auto* batch = std::get_if<feed::change_batch>(&what);
  if (!batch || batch->changes.empty() || !chance()) return true;
  auto& last = batch->changes.back();
  if (is(sabotage::change_lost)) batch->changes.pop_back();
  if (is(sabotage::delete_lost_in_feed))
    std::erase_if(batch->changes, [](const auto& each) { return each.kind == table::change_kind::erase; });
  if (is(sabotage::change_twice_with_newer_version)) ++last.at.offset;
  return true;
}

bool saboteur::to_node(link::to_node& what) {
  if (auto* rows = std::get_if<link::rows>(&what)) {
    if (is(sabotage::row_lost) && chance()) rows->all.erase(rows->all.begin());
    if (is(sabotage::tombstone_lost))
      std::erase_if(rows->all, [](const link::row& each) { return each.kind == table::change_kind::erase; });
    if (is(sabotage::clients_swapped) && rows->all.front().id != rows->all.back().id)
      rows->all.front().id = rows->all.back().id;
    return !rows->all.empty();
  }
  if (auto* progress = std::get_if<link::progress>(&what)) {
    for (auto& each : progress->partitions) {
      if (is(sabotage::progress_overstated)) each.complete += 3;
      if (is(sabotage::router_horizon_withheld)) each.horizon = 0;
    }
  }
  if (auto* began = std::get_if<link::feed_began>(&what); began && is(sabotage::new_generation_withheld)) {
    if (first_ == table::generation::none) first_ = began->feed;
    began->feed = first_;
  }
  if (std::holds_alternative<link::serving>(what)) return !(is(sabotage::serving_lost) && chance());
  if (auto* subscription = std::get_if<link::subscription_began>(&what); is(sabotage::began_anew_withheld))
    if (subscription) subscription->how = link::subscription_began::resumed::yes;
  if (auto* subscription = std::get_if<link::subscription_began>(&what))
    if (anew_.erase(subscription->id) > 0) subscription->how = link::subscription_began::resumed::no;
  if (auto* status = std::get_if<link::feed_status>(&what))
    return !(is(sabotage::feed_status_withheld) && status->now == link::feed_status::state::lost);
  return true;
}

bool saboteur::to_router(link::to_router& what) {
  if (auto* wanted = std::get_if<link::wanted>(&what)) {
    if (is(sabotage::wanted_without_reach)) wanted->reached.seen.clear();
    if (is(sabotage::wanted_short_of_a_partition) && !wanted->partitions.empty())
      wanted->partitions.pop_back();
    return !(is(sabotage::wanted_lost) && chance());
  }
  if (auto* subscribe = std::get_if<link::subscribe>(&what)) {
    if (is(sabotage::have_withheld)) subscribe->have.seen.clear();
    if (is(sabotage::began_anew_without_need) && !subscribe->have.seen.all().empty()) {
      subscribe->have.seen.clear();
      anew_.insert(subscribe->id);
    }
    if (is(sabotage::have_one_further)) {
      const table::positions seen = subscribe->have.seen;
      for (const table::position& each : seen.all())
        subscribe->have.seen.set({each.partition, each.offset + 2});
    }
  }
  if (std::holds_alternative<link::subscribe>(what)) return !(is(sabotage::subscription_lost) && chance());
  if (std::holds_alternative<link::unsubscribe>(what)) return !is(sabotage::subscription_leaked);
  if (auto* taken = std::get_if<link::taken>(&what))
    if (is(sabotage::window_ignored)) taken->bytes_total = UINT64_MAX;
  return true;
}

void saboteur::opening(std::string& client, std::string& bookmark, std::uint32_t clients,
                       table::generation generation) {
  if (is(sabotage::viewer_of_another_client) && chance())
    client = client_name(static_cast<std::uint32_t>(random_.below(clients)));
  if (bookmark.empty()) return;
  auto mark = table::parse_bookmark(bookmark);
  if (!mark) return;
  if (is(sabotage::bookmark_of_other_generation_accepted)) mark->feed = generation;
  if (is(sabotage::bookmark_one_further) || is(sabotage::bookmark_one_back)) {
    const table::positions seen = mark->seen;
    for (const table::position& each : seen.all())
      mark->seen.set({each.partition, each.offset + (is(sabotage::bookmark_one_back) ? -3 : 1)});
  }
  if (is(sabotage::bookmark_short_of_a_partition) && !mark->seen.empty()) {
    const table::partition_id lost = mark->seen.all().front().partition;
    mark->seen.erase(lost);
    mark->reach.erase(lost);
  }
  bookmark = mark->text();
}

void saboteur::answer(std::string& json) {
  if (is(sabotage::old_answer_again))
    json = answers_.emplace(json.substr(0, json.find("\",\"bookmark")), json).first->second;
  const auto row = json.find("{\"key\"");
  const auto next = json.find("{\"key\"", row + 1);
  if (is(sabotage::row_left_out_of_answer) && next != json.npos) json.erase(row, next - row);
}

bool saboteur::from_gateway(std::string& events) {
  if (is(sabotage::half_event_passed) && chance()) events.resize(events.size() / 2);
  return !(is(sabotage::node_loss_withheld) && events.find("\"reason\":\"node\"") != events.npos);
}

void saboteur::from_gateway(link::open_stream& what) {
  what.client = what.client.substr(0, what.client.find('\n'));
  auto mark = table::parse_bookmark(what.bookmark.value_or(""));
  if (!is(sabotage::id_not_fully_sent) || !mark) return;
  const table::positions seen = mark->seen;
  for (const table::position& each : seen.all()) mark->seen.set({each.partition, each.offset + 1});
  what.bookmark = mark->text();
}

std::string saboteur::client_at_gateway(const std::string& client) {
  return is(sabotage::client_on_two_nodes) && random_.below(2) == 0 ? client + "\n" : client;
}

void saboteur::to_viewer(std::string& events, std::string& memory) {
  if (which_ < sabotage::rows_lost || which_ > sabotage::byte_changed) return;
  std::string out;
  std::string_view left = events;
  while (!left.empty()) {
    const auto end = left.find("\n\n");
    const std::string_view event = left.substr(0, end == left.npos ? end : end + 2);
    left.remove_prefix(event.size());
    one_event(event, out, memory);
  }
  events = std::move(out);
}

void saboteur::one_event(std::string_view event, std::string& out, std::string& memory) {
  const auto of = [&](std::string_view kind) {
    return event.starts_with(std::string("event: ").append(kind));
  };
  std::string text(event);
  const bool rows = of("rows");
  if (rows && is(sabotage::rows_lost) && chance()) return;
  if (of("reset") && is(sabotage::reset_withheld)) return;
  if (of("beat") && is(sabotage::beat_withheld)) return;
  if (of("moving") && is(sabotage::moving_withheld)) return;
  if (of("status") && is(sabotage::stale_withheld) && event.find("stale") != event.npos) return;
  if (of("status") && is(sabotage::current_withheld) && event.find("current") != event.npos) return;
  if (of("hello") && is(sabotage::live_early))
    text += "event: live\nid: 1AAAAAAAAAAA\ndata: {\"count\":0,\"checksum\":\"0000000000000000\"}\n\n";
  if (of("live") && is(sabotage::reset_without_need) && chance())
    text.insert(0, "event: reset\ndata: {\"reason\":\"behind\",\"text\":\"\"}\n\n");
  const bool without_id = (of("live") && is(sabotage::id_of_live_left_out)) ||
                          (rows && is(sabotage::id_of_rows_left_out) && chance());
  if (const auto at = text.rfind("\nid: "); without_id && at != text.npos)
    text.erase(at, text.find('\n', at + 1) - at);
  if (is(sabotage::wrong_checksum) && (of("live") || of("beat")) && chance()) {
    const auto at = text.find("\"checksum\":\"");
    if (at != text.npos) text[at + 12] = text[at + 12] == '0' ? '1' : '0';
  }
  if (is(sabotage::wrong_count) && (of("live") || of("beat")) && chance())
    replace(text, "\"count\":", "\"count\":1");
  if (is(sabotage::old_proof_in_beat) && of("beat") && text.find("\"count\"") != text.npos) {
    const std::string proof = text.substr(text.find("\"count\""));
    if (!memory.empty()) text.replace(text.find("\"count\""), proof.size(), memory);
    if (memory.empty()) memory = proof;
  }
  if (rows && is(sabotage::byte_changed) && chance()) replace(text, "\"x\":\"x", "\"n\":\"x");
  out += text;
  if (rows && is(sabotage::rows_twice) && chance()) out += text;
  if (rows && is(sabotage::old_rows_again)) {
    if (!memory.empty() && chance()) out += memory;
    if (memory.empty() && event.find("deleted") == event.npos) memory = text;
  }
}

}  // namespace blotter::sim
