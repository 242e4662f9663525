#include <algorithm>
#include <utility>

#include "gateway/gateway.hpp"

// Make before break. The stream is tried at the target until the client's table is there and current, and
// nothing of that is passed on. Only then does the source end, and the target goes on behind the last id that
// the viewer was sent: so no row comes twice or goes back, whatever the two nodes have seen of the feed, and
// the cut costs one round trip.

namespace blotter::gateway {

using table::no_slot;

/// Nodes that leave, or that are found too slow: their clients get other homes, as many as can move now.
void gateway::relieve(instant now) {
  for (const auto& [number, peer] : links_.nodes()) {
    if (!peer.draining && !peer.gray) continue;
    if (links_.streams(peer) == 0) continue;
    for (std::uint32_t at = 0; at < audiences_.end() && scattered_.size() < options_.moves_max; ++at) {
      audience& of = audiences_[at];
      if (of.home != number || of.viewers.empty() || now < of.rest_until) continue;
      if (!peer.draining && now < of.gray_until) continue;
      const node_number next = choose(of.client, now);
      const node_peer* target = links_.node(next);
      if (!target || next == number || target->draining || target->gray) continue;
      settle(at, next, peer.draining ? cause::leaving : cause::gray);
    }
  }
}

/// Some of the client's viewers may have streams elsewhere than at home.
void gateway::scatter(std::uint32_t at) {
  audience& of = audiences_[at];
  if (of.scattered) return;
  of.scattered = true;
  scattered_.push_back(at);
}

/// Brings viewers home, clients in turn. One look at each of a bounded number.
void gateway::gather(instant now) {
  std::size_t looks = std::min(scattered_.size(), 2 * options_.moves_max);
  for (; looks > 0 && moving_.size() < options_.moves_max; --looks) {
    const std::uint32_t at = scattered_.front();
    scattered_.pop_front();
    audience& of = audiences_[at];
    of.scattered = false;
    if (!gather(of, now)) scatter(at);
  }
}

/// False when some of it is left to do. A home that cannot take them now is waited for; one that has gone is
/// found anew by whoever lost a stream there.
bool gateway::gather(audience& of, instant now) {
  const node_peer* home = links_.node(of.home);
  if (!home) return true;
  const bool open = usable(*home, of.client, now);
  bool done = true;
  for (const std::uint32_t slot : of.viewers) {
    const viewer_stream& mine = viewers_[slot];
    if (!mine.from.open() || links_[mine.from.link].node == of.home || mine.ending) continue;
    done = false;
    const bool steady = !mine.next.open() && !mine.queued && mine.live;
    if (!open || !steady || now < of.rest_until || moving_.size() >= options_.moves_max) continue;
    begin_move(slot, links_.link_to(*home, of.client), of.why, now);
  }
  return done;
}

void gateway::begin_move(std::uint32_t slot, std::uint32_t link, cause why, instant now) {
  viewer_stream& mine = viewers_[slot];
  mine.next = open_on(slot, link, now);
  mine.next_live = mine.next_stale = false;
  mine.move_until = now + options_.move_time;
  mine.move_why = why;
  moving_.push_back(slot);
}

/// What the target says while it is tried: it is read, and dropped.
void gateway::try_out(std::uint32_t slot, const sse::skimmed& seen, std::size_t size, instant now) {
  viewer_stream& mine = viewers_[slot];
  stream_source& next = mine.next;
  next.passed += size;
  if (next.passed - next.told >= options_.taken_step_bytes) {
    next.told = next.passed;
    links_[next.link].taken.all.push_back({next.id, next.told});
  }
  // It has not seen what the viewer has, or comes from another feed: to be tried again later.
  if (seen.reset) return give_up_move(slot, now);
  mine.next_live = mine.next_live || seen.live;
  if (seen.status != sse::skimmed::told::nothing) mine.next_stale = seen.status == sse::skimmed::told::stale;
  if (mine.next_live && !mine.next_stale) cut_over(slot, now);
}

void gateway::cut_over(std::uint32_t slot, instant now) {
  viewer_stream& mine = viewers_[slot];
  const std::uint32_t link = mine.next.link;
  end_move(slot);
  close_source(mine.from);
  mine.rerouted = true;
  mine.why = mine.move_why;
  mine.lost = now;
  unserve(slot, now);
  start(slot, link, now);
}

/// What was tried is over. It is no more than a try: the source goes on as if nothing had been.
void gateway::end_move(std::uint32_t slot) {
  close_source(viewers_[slot].next);
  std::erase(moving_, slot);
}

void gateway::give_up_move(std::uint32_t slot, instant now) {
  ++counters_.moves_given_up;
  end_move(slot);
  audience& of = audiences_[viewers_[slot].audience];
  of.rest_until = now + options_.move_rest;
  scatter(viewers_[slot].audience);
}

void gateway::end_late_moves(instant now) {
  const std::vector<std::uint32_t> moving = moving_;
  for (const std::uint32_t slot : moving)
    if (now >= viewers_[slot].move_until) give_up_move(slot, now);
}

}  // namespace blotter::gateway
