#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "gateway/gateway.hpp"

// Which node all gateways give a client to. A stream is opened at once, on the node that this gateway chose;
// besides, that node is proposed to the directory, put-if-absent. Who finds another one there follows it, by
// make before break.
//
// So that gateways who know different things do not fight, the word of the directory stands, and is replaced
// only where its node leaves, is no member any more, or is slow; and only by a node of which nothing of that
// is true. A node that just this gateway cannot use (silent, not linked, full, held) is left for the while,
// here alone; its clients come back when that is over. Of slowness each gateway finds by itself, so for that
// it takes a client from a node once in a time that grows.
//
// Hints of changes say only that it is worth to ask; the answer to a proposal is what counts, one at a time
// for each client.

namespace blotter::gateway {

namespace {

constexpr std::uint8_t gray_doublings_max = 5;

}  // namespace

gateway::standing gateway::standing_of(const audience& of, node_number node, instant now) const {
  if (node == node_number::none) return standing::away;
  const node_peer* peer = links_.node(node);
  if (!peer || !peer->in_directory || peer->draining || now < peer->leaving_until) return standing::leaves;
  if (peer->gray && now >= of.gray_until) return standing::leaves;
  const bool open = usable(*peer, of.client, now) && !held_.holds(peer->address, now);
  return open && now >= of.rest_until ? standing::good : standing::away;
}

/// To be proposed when its turn comes.
void gateway::want_word(std::uint32_t at) {
  audience& of = audiences_[at];
  of.again = of.proposing;
  if (of.proposing || std::exchange(of.waits, true)) return;
  to_propose_.push_back(at);
  if (to_propose_.size() <= options_.proposals_waiting_max) return;
  ++counters_.proposals_dropped;
  audiences_[to_propose_.front()].waits = false;
  to_propose_.pop_front();
}

void gateway::propose_waiting(instant now) {
  while (directory_reachable_ && !to_propose_.empty() && proposing_ < options_.proposals_max) {
    const std::uint32_t at = to_propose_.front();
    to_propose_.pop_front();
    // One that has gone meanwhile does not wait; nor does another that has its number.
    audience& of = audiences_[at];
    if (!std::exchange(of.waits, false) || !is_here(of)) continue;
    if (of.proposing)
      of.again = true;
    else
      propose(at, {}, now);
  }
}

void gateway::propose(std::uint32_t at, const std::optional<directory::member_id>& instead_of, instant now) {
  audience& of = audiences_[at];
  of.proposing = true;
  const node_number home = home_of(at, now);
  of.again = false;
  of.proposing = home != node_number::none;  // else whoever gives it one wants the directory's word too
  if (!of.proposing) return;
  ++proposing_;
  ++counters_.proposals;
  out_.propose(of.client, links_.nodes().at(home).id, instead_of);
}

void gateway::proposed(std::string_view client, const std::optional<directory::member_id>& holder,
                       instant now) {
  check(proposing_ > 0);
  --proposing_;
  if (!holder) ++counters_.proposals_failed;
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  const std::uint32_t at = found->second;
  audience& of = audiences_[at];
  if (!std::exchange(of.proposing, false)) return;  // of another of its name, before it
  of.unsure = !holder;
  if (holder)
    take_holder(at, *holder, now);
  else
    look_later(at, now);
  if (of.again) want_word(at);
}

void gateway::take_holder(std::uint32_t at, const directory::member_id& holder, instant now) {
  audience& of = audiences_[at];
  of.holder = links_.find(holder);
  const node_peer* peer = links_.node(of.holder);
  if (peer && peer->in_directory)
    of.unknown_since = {};
  else if (of.unknown_since == instant{})
    of.unknown_since = now;
  if (of.holder != node_number::none && of.holder == of.home) return;
  ++counters_.proposals_lost;
  const bool known = of.unknown_since == instant{} || now - of.unknown_since >= options_.unknown_time;
  const bool gone = of.holder == node_number::none;
  const standing is = gone ? standing::leaves : standing_of(of, of.holder, now);
  if (is == standing::good) return follow_holder(at);
  if (is == standing::leaves && known && replace(at, holder, now)) return;
  look_later(at, now);
}

/// False when it has no better one.
bool gateway::replace(std::uint32_t at, const directory::member_id& holder, instant now) {
  audience& of = audiences_[at];
  const node_number home = home_of(at, now);
  const node_peer* own = links_.node(home);
  if (!own || own->gray || standing_of(of, home, now) == standing::leaves) return false;
  const node_peer* old = links_.node(of.holder);
  if (old && old->gray && old->in_directory && !old->draining) {
    of.gray_until = now + options_.gray_rest * (1 << of.gray_times);
    of.gray_times = std::min<std::uint8_t>(of.gray_times + 1, gray_doublings_max);
  }
  ++counters_.proposals_replacing;
  propose(at, holder, now);
  return true;
}

/// Its viewers go where the directory has it.
void gateway::follow_holder(std::uint32_t at) {
  settle(at, audiences_[at].holder, cause::hint);
}

/// Somebody is here for it, perhaps the first.
void gateway::want_first_word(std::uint32_t at) {
  const audience& of = audiences_[at];
  if (of.holder == node_number::none && !of.proposing) want_word(at);
}

void gateway::look_later(std::uint32_t at, instant now) {
  if (std::exchange(audiences_[at].looked_at, true)) return;
  look_again_.emplace_back(now + options_.look_again, at);
}

/// Clients that are not where the directory has them: whether they can be now, or the directory is to be told
/// that nobody can.
void gateway::look_again(instant now) {
  while (!look_again_.empty() && now >= look_again_.front().first) {
    const std::uint32_t at = look_again_.front().second;
    look_again_.pop_front();
    audience& of = audiences_[at];
    if (!std::exchange(of.looked_at, false) || !is_here(of)) continue;
    if (of.holder == of.home && !of.unsure) continue;
    const standing is = standing_of(of, of.holder, now);
    if (of.unsure || of.holder == node_number::none || is == standing::leaves)
      want_word(at);
    else if (is == standing::good)
      follow_holder(at);
    if (is != standing::good) look_later(at, now);
  }
}

void gateway::placement_changed(std::string_view client, const std::optional<directory::member_id>& node) {
  const auto found = clients_.find(client);
  if (found == clients_.end() || !is_here(audiences_[found->second])) return;
  const audience& of = audiences_[found->second];
  const node_number number = node ? links_.find(*node) : node_number::none;
  // Of what is being proposed the answer says more; and most often this is its own echo.
  const node_number expected = of.proposing ? of.home : of.holder;
  if (number == node_number::none || number != expected) want_word(found->second);
}

void gateway::placements_doubtful() {
  propose_soon_ = audiences_.end();
}

/// Clients in turn, all within `propose_again`; and as fast as there are answers while hints may be lost.
void gateway::propose_again(instant now) {
  const std::uint32_t all = audiences_.end();
  if (!directory_reachable_ || all == 0 || proposed_until_ == instant{}) {
    proposed_until_ = now;
    return;
  }
  const auto due = static_cast<std::uint64_t>(all) *
                   static_cast<std::uint64_t>((now - proposed_until_).count()) /
                   static_cast<std::uint64_t>(instant::duration(options_.propose_again).count());
  auto turns = static_cast<std::uint32_t>(std::min<std::uint64_t>(due, all));
  if (turns > 0) proposed_until_ = now;
  for (; propose_soon_ > 0 || turns > 0; turns -= turns > 0 ? 1 : 0) {
    if (turns == 0 && to_propose_.size() >= options_.proposals_max) return;
    propose_soon_ -= propose_soon_ > 0 ? 1 : 0;
    const std::uint32_t at = propose_next_++ % all;
    if (is_here(audiences_[at])) want_word(at);
  }
}

}  // namespace blotter::gateway
