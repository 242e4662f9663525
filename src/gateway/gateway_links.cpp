#include <algorithm>
#include <utility>

#include "base/overloaded.hpp"
#include "gateway/gateway.hpp"
#include "sse/events.hpp"

// What nodes say, link by link, and what becomes of a link that is lost or silent. A link is known by its
// slot here, a stream by the slot of its viewer, which its number holds.

namespace blotter::gateway {

using table::no_slot;

namespace {

constexpr milliseconds leaving_time = std::chrono::seconds(5);

std::uint32_t viewer_of(link::stream_id id) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(id));
}

}  // namespace

void gateway::link_up(link_id id, const directory::member_id& node, std::uint32_t core, std::uint32_t cores,
                      instant now) {
  const std::uint32_t link = links_.add(id, node, core, cores, now);
  out_.send(id, link::to_serving_node(link::heartbeat{links_[link].beat(now)}));
  nodes_changed_ = true;
  follow_nodes(now);
  retry_stranded(now);
  open_waiting(now);
}

void gateway::link_lost(link_id id, instant now) {
  const std::uint32_t link = links_.find(id);
  if (link == no_slot) return;
  drop_link(link, now);
  open_waiting(now);
}

/// The other end does not keep to the protocol: what else it says is worth nothing either.
void gateway::break_link(std::uint32_t link, instant now) {
  ++counters_.events_broken;
  out_.give_up(links_[link].id);
  drop_link(link, now);
}

void gateway::drop_link(std::uint32_t link, instant now) {
  const node_peer& peer = links_.node_of(link);
  const bool planned = peer.draining || now < peer.leaving_until;
  if (!planned) held_.lost(peer.address, now);
  const cause why = planned ? cause::leaving : cause::reset;
  const instant good = links_.watch.last_heard(link);
  for_each_viewer([&](std::uint32_t slot) {
    viewer_stream& mine = viewers_[slot];
    if (mine.next.link == link) {
      mine.next = {};
      give_up_move(slot, now);
    }
    if (mine.from.link != link) return;
    mine.from = {};
    lose(slot, why, good, now);
  });
  const node_number node = links_[link].node;
  links_.remove(link);
  if (!links_.linked(node)) gray_.forget(node);
  lose_questions(link, now);
  follow_nodes(now);
}

void gateway::received(link_id from, link::to_gateway message, instant now) {
  const std::uint32_t link = links_.find(from);
  if (link == no_slot) return;  // lost meanwhile
  links_.watch.heard(link, now);
  std::visit(overloaded{[&](const link::stream_events& what) { take_events(link, what, now); },
                        [&](const link::stream_ended& what) { stream_ended(link, what, now); },
                        [&](link::rows_answer& what) { take_answer(link, what); },
                        [&](const link::heartbeat& what) { echoed(link, what.number, now); }},
             message);
}

void gateway::received_all(instant now) {
  open_waiting(now);
  agreed_.propose_waiting(now);
  gather(now);
  tell_taken();
}

// Events.

void gateway::take_events(std::uint32_t link, const link::stream_events& what, instant now) {
  sse::skimmed seen;
  const link::stream_events::part* last = nullptr;
  for (const link::stream_events::part& each : what.parts) {
    if (each.begin > what.text.size() || each.size > what.text.size() - each.begin)
      return break_link(link, now);
    const std::string_view events = std::string_view(what.text).substr(each.begin, each.size);
    if (!last || last->begin != each.begin || last->size != each.size) seen = sse::skim(events);
    last = &each;
    if (!seen.whole) return break_link(link, now);
    const std::uint32_t slot = viewer_of(each.to);
    if (slot >= viewers_.end()) return break_link(link, now);
    viewer_stream& mine = viewers_[slot];
    if (mine.from.link == link && mine.from.id == each.to) {
      pass(slot, seen, events, now);
    } else if (mine.next.link == link && mine.next.id == each.to) {
      try_out(slot, seen, events.size(), now);
    } else {
      ++counters_.streams_stale;  // it was closed, and this under way
    }
  }
}

void gateway::pass(std::uint32_t slot, const sse::skimmed& seen, std::string_view events, instant now) {
  viewer_stream& mine = viewers_[slot];
  mine.told = now;
  if (!mine.heard) {
    mine.heard = true;
    mine.first = now;
    const node_link& from = links_[mine.from.link];
    gray_.note(from.node, from.core, gray_watch::observer::first_event, now - mine.asked);
  }
  if (mine.reset_due) {
    mine.reset_due = mine.unmarked_rows = false;
    ++counters_.resets;
    scratch_.clear();
    sse::append_reset(scratch_, sse::reset_reason::node, "the node was lost before it gave a bookmark");
    say(slot, scratch_);
  }
  mine.from.passed += events.size();
  ++counters_.events_passed;
  counters_.bytes_passed += events.size();
  say(slot, events);
  follow(mine, seen);
  note_taken(slot);
  if (mine.live && (mine.unserved() || mine.told_stale)) caught_up(slot, now);
}

/// Keeps in mind what has been passed on.
void gateway::follow(viewer_stream& mine, const sse::skimmed& seen) {
  if (seen.last_id) {
    if (seen.last_id->empty())
      mine.mark.reset();
    else
      mine.mark = *seen.last_id;
    mine.unmarked_rows = false;
  }
  mine.unmarked_rows = mine.unmarked_rows || seen.rows;
  if (seen.status != sse::skimmed::told::nothing)
    mine.stream_stale = mine.told_stale = seen.status == sse::skimmed::told::stale;
  if (seen.live)
    mine.live = mine.was_live = true;
  else if (seen.hello || seen.reset)
    mine.live = false;
}

// Streams that a node ends.

void gateway::stream_ended(std::uint32_t link, const link::stream_ended& what, instant now) {
  const std::uint32_t slot = viewer_of(what.id);
  if (slot >= viewers_.end()) return break_link(link, now);
  viewer_stream& mine = viewers_[slot];
  node_peer& peer = links_.node_of(link);
  if (what.why == link::stream_ended::cause::leaving) peer.leaving_until = now + leaving_time;
  if (what.why == link::stream_ended::cause::full) peer.full_until = now + options_.full_time;
  follow_nodes(now);
  if (mine.next.link == link && mine.next.id == what.id) {
    --links_[link].streams;
    mine.next = {};
    give_up_move(slot, now);
  } else if (mine.from.link == link && mine.from.id == what.id) {
    --links_[link].streams;
    mine.from = {};
    stream_refused(slot, what.why, now);
    open_waiting(now);
  }
}

void gateway::stream_refused(std::uint32_t slot, link::stream_ended::cause why, instant now) {
  switch (why) {
    case link::stream_ended::cause::full:
      return lose(slot, cause::full, now, now);
    case link::stream_ended::cause::leaving:
      return lose(slot, cause::leaving, now, now);
    case link::stream_ended::cause::client_full:
      return turn_away(slot);  // a limit of the client's, wherever it is
    case link::stream_ended::cause::stuck:
      ++counters_.viewers_stuck;
      return end(slot, sink::ending::at_once);
  }
}

// Silence.

void gateway::watch_links(instant now) {
  const bool suspected_itself = links_.watch.suspects_itself();
  for (const auto [link, was] : links_.watch.tick(now)) {
    if (links_.watch.of(link) == link_watch::health::suspect) {
      suspect_link(link, cause::silence, now);
      continue;
    }
    if (links_.watch.of(link) == link_watch::health::well) {
      if (was == link_watch::health::quiet) continue;
      ++counters_.suspicions_taken_back;
      nodes_changed_ = true;
      continue;
    }
    const instant good = links_.watch.last_heard(link);
    for_each_viewer([&](std::uint32_t slot) {
      if (viewers_[slot].from.link == link) unserve(slot, good);
    });
  }
  if (links_.watch.suspects_itself() && !suspected_itself) ++counters_.self_suspicions;
  follow_nodes(now);
}

/// Its streams move as their turn comes; until then they stay, for it may be heard again.
void gateway::suspect_link(std::uint32_t link, cause why, instant now) {
  ++counters_.suspicions;
  held_.lost(links_.node_of(link).address, now);
  const instant good = links_.watch.last_heard(link);
  for_each_viewer([&](std::uint32_t slot) {
    viewer_stream& mine = viewers_[slot];
    if (mine.next.link == link) give_up_move(slot, now);
    if (mine.from.link == link) lose(slot, why, good, now);
  });
  lose_questions(link, now);
}

/// What is slow is not silent: it is relieved of its clients while it still serves them.
void gateway::watch_slowness(instant now) {
  if (!gray_.tick(now)) return;
  for (auto& [number, peer] : links_.nodes()) {
    const bool gray = gray_.is_gray(number);
    if (gray && !peer.gray) ++counters_.nodes_gray;
    peer.gray = gray;
  }
  follow_nodes(now);
}

void gateway::send_heartbeats(instant now) {
  if (now - beaten_ < link::heartbeat_period) return;
  beaten_ = now;
  for (std::uint32_t link = 0; link < links_.end(); ++link)
    if (links_[link].up)
      out_.send(links_[link].id, link::to_serving_node(link::heartbeat{links_[link].beat(now)}));
}

void gateway::echoed(std::uint32_t link, std::uint64_t number, instant now) {
  const node_link& from = links_[link];
  if (const auto took = from.echoed(number, now))
    gray_.note(from.node, from.core, gray_watch::observer::echo, *took);
}

}  // namespace blotter::gateway
