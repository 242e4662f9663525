#include <algorithm>
#include <utility>

#include "directory/rendezvous.hpp"
#include "gateway/gateway.hpp"

// Which node a client goes to, and how its viewers' streams are opened there: at first, and again when a
// stream is lost.

namespace blotter::gateway {

using table::no_slot;

namespace {

constexpr milliseconds retry_period{250};

}  // namespace

// Nodes.

/// The client could be served there now.
bool gateway::usable(const node_peer& node, std::string_view client, instant now) const {
  const std::uint32_t link = links_.link_to(node, client);
  return link != no_slot && links_.watch.trusted(link) && !node.full(now) && now >= node.leaving_until;
}

/// Tells placement whom to leave alone.
void gateway::follow_nodes(instant now) {
  for (const auto& [number, peer] : links_.nodes())
    placement_.set_suspect(peer.id, !links_.well(peer) || peer.gray || held_.holds(peer.address, now) ||
                                        peer.full(now) || now < peer.leaving_until);
}

node_number gateway::choose(std::string_view client, instant now) const {
  if (const auto placed = placement_.choose(client, now)) {
    const node_number there = links_.find(placed->node);
    if (there != node_number::none && usable(links_.nodes().at(there), client, now)) return there;
  }
  // None that is in order, or none that the directory knows: who can serve it, and rather those that stay.
  for (const bool any : {false, true}) {
    std::vector<directory::contender> contenders;
    std::vector<node_number> numbers;
    for (const auto& [number, peer] : links_.nodes()) {
      if (!usable(peer, client, now) || (!any && (peer.gray || peer.draining))) continue;
      contenders.push_back({directory::stable_hash(peer.id.text())});
      numbers.push_back(number);
    }
    const auto first = directory::rendezvous(directory::stable_hash(client), contenders, 1);
    if (!first.empty()) return numbers[first.front()];
  }
  return node_number::none;
}

/// The client's node, chosen anew when it has none that can serve it.
node_number gateway::home_of(std::uint32_t at, instant now) {
  const audience& of = audiences_[at];
  const node_peer* home = links_.node(of.home);
  if (home && !home->draining && usable(*home, of.client, now)) return of.home;
  const node_number next = agreed_.stands(of, now) ? of.holder : choose(of.client, now);
  if (next != node_number::none) settle(at, next, cause::hint);
  return next;
}

std::optional<directory::member_id> gateway::place(std::string_view client, instant now) {
  const std::uint32_t at = audience_of(client);
  const node_number node = home_of(at, now);
  if (node == node_number::none) {
    drop_if_empty(at);
    return std::nullopt;
  }
  remember_place(at, now);
  agreed_.want_first_word(at);
  const directory::member_id& id = links_.nodes().at(node).id;
  placement_.placed(id, now);
  ++counters_.placed;
  return id;
}

void gateway::remember_place(std::uint32_t at, instant now) {
  audiences_[at].placed_until = now + options_.place_time;
  placed_.emplace_back(audiences_[at].placed_until, at);
  forget_places(now);
}

/// An audience that was asked for again since has a later entry too.
void gateway::forget_places(instant now) {
  while (!placed_.empty() && (now >= placed_.front().first || placed_.size() > options_.places_max)) {
    const auto [until, at] = placed_.front();
    placed_.pop_front();
    if (audiences_[at].placed_until != until) continue;
    audiences_[at].placed_until = {};
    drop_if_empty(at);
  }
}

void gateway::settle(std::uint32_t at, node_number home, cause why) {
  audience& of = audiences_[at];
  if (of.home == home) return;
  of.home = home;
  of.why = why;
  if (of.holder != home) agreed_.want_word(at);
  const bool elsewhere =
      of.viewers.size() > 1 || (!of.viewers.empty() && viewers_[of.viewers[0]].from.open());
  if (elsewhere || why != cause::hint) scatter(at);
}

// Streams.

void gateway::want_stream(std::uint32_t slot) {
  viewer_stream& mine = viewers_[slot];
  if (mine.queued) return;
  mine.queued = true;
  waiting_.push({slot, mine.serial}, mine.mark ? reopen_queue::kind::resume : reopen_queue::kind::snapshot);
}

/// Its stream has ended, or gives no sign and is to be left when another can be had.
void gateway::lose(std::uint32_t slot, cause why, instant good, instant now) {
  viewer_stream& mine = viewers_[slot];
  if (mine.ending) return;
  if (mine.next.open()) end_move(slot);
  if (!mine.rerouted) {
    mine.rerouted = true;
    mine.lost = now;
    mine.why = why;
  }
  unserve(slot, good);
  mine.stale_due = std::min(mine.stale_due, now + options_.lost_time);
  want_stream(slot);
}

void gateway::open_waiting(instant now) {
  while (const auto turn = waiting_.next(now)) {
    const std::uint32_t slot = turn->who.viewer;
    viewer_stream& mine = viewers_[slot];
    const bool gone = mine.serial != turn->who.serial || mine.ending;
    if (!gone) {
      mine.queued = false;
      const bool taken_back =
          mine.from.open() && links_.watch.of(mine.from.link) != link_watch::health::suspect;
      if (!taken_back && reopen(slot, now)) continue;
      if (taken_back) {
        mine.rerouted = false;
        scatter(mine.audience);  // others of its client may have moved meanwhile
      } else {
        mine.queued = true;
        stranded_.push_back(turn->who);
      }
    }
    waiting_.give_back(turn->how);
  }
}

void gateway::retry_stranded(instant now) {
  if (stranded_.empty() || (!nodes_changed_ && now - retried_ < retry_period)) return;
  nodes_changed_ = false;
  retried_ = now;
  for (const reopen_queue::entry& each : std::exchange(stranded_, {})) {
    if (viewers_[each.viewer].serial != each.serial) continue;
    viewers_[each.viewer].queued = false;
    want_stream(each.viewer);
  }
}

/// False while there is no node for it.
bool gateway::reopen(std::uint32_t slot, instant now) {
  viewer_stream& mine = viewers_[slot];
  const node_number home = home_of(mine.audience, now);
  if (home == node_number::none) {
    const std::string_view client = audiences_[mine.audience].client;
    const bool all_full = std::ranges::any_of(links_.nodes(), [&](const auto& each) {
      return each.second.full(now) && links_.link_to(each.second, client) != no_slot;
    });
    if (all_full) turn_away(slot);
    return all_full;
  }
  close_source(mine.from);
  start(slot, links_.link_to(links_.nodes().at(home), audiences_[mine.audience].client), now);
  return true;
}

/// The viewer's stream comes from there now, and goes on behind its bookmark.
void gateway::start(std::uint32_t slot, std::uint32_t link, instant now) {
  viewer_stream& mine = viewers_[slot];
  mine.heard = mine.live = mine.stream_stale = false;
  mine.reset_due = mine.unmarked_rows && !mine.mark;
  mine.from = open_on(slot, link, now);
  mine.asked = now;
}

stream_source gateway::open_on(std::uint32_t slot, std::uint32_t link, instant now) {
  const viewer_stream& mine = viewers_[slot];
  if (++last_serial_ == 0) ++last_serial_;
  const auto id = static_cast<link::stream_id>((std::uint64_t{last_serial_} << 32) | slot);
  node_link& to = links_[link];
  ++to.streams;
  ++counters_.streams_opened;
  placement_.placed(links_.node_of(link).id, now);
  out_.send(to.id, link::to_serving_node(
                       link::open_stream{id, audiences_[mine.audience].client, mine.mark, mine.beat_s}));
  return {.link = link, .id = id};
}

void gateway::close_source(stream_source& which) {
  if (!which.open()) return;
  node_link& to = links_[which.link];
  --to.streams;
  out_.send(to.id, link::to_serving_node(link::close_stream{which.id}));
  which = {};
}

}  // namespace blotter::gateway
