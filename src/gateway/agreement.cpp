#include "gateway/agreement.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "gateway/gateway.hpp"

namespace blotter::gateway {

namespace {

constexpr std::uint8_t gray_doublings_max = 5;

/// Somebody looks at the client here, or may come with a ticket.
bool is_here(const audience& who) {
  return !who.viewers.empty() || who.placed_until != instant{};
}

}  // namespace

void agreement::set_directory(bool reachable) {
  if (!std::exchange(reachable_, reachable) && reachable) doubtful();
}

agreement::standing agreement::standing_of(const audience& who, node_number node, instant now) const {
  if (node == node_number::none) return standing::away;
  const node_peer* peer = of_.links_.node(node);
  if (!peer || !peer->in_directory || peer->draining || now < peer->leaving_until) return standing::leaves;
  if (peer->gray && now >= who.gray_until) return standing::leaves;
  if (peer->full(now)) return standing::full;
  const bool open = of_.usable(*peer, who.client, now) && !of_.held_.holds(peer->address, now);
  return open && now >= who.rest_until ? standing::good : standing::away;
}

// What waits to be proposed.

void agreement::want_word(std::uint32_t at) {
  audience& who = of_.audiences_[at];
  who.again = who.proposing;
  if (who.proposing || std::exchange(who.waits, true)) return;
  waiting_.push_back(at);
  if (waiting_.size() <= of_.options_.proposals_waiting_max) return;
  ++of_.counters_.proposals_dropped;
  of_.audiences_[waiting_.front()].waits = false;
  waiting_.pop_front();
}

void agreement::want_first_word(std::uint32_t at) {
  const audience& who = of_.audiences_[at];
  if (who.holder == node_number::none && !who.proposing) want_word(at);
}

void agreement::propose_waiting(instant now) {
  while (reachable_ && !waiting_.empty() && under_way_ < of_.options_.proposals_max) {
    const std::uint32_t at = waiting_.front();
    waiting_.pop_front();
    // One that has gone meanwhile does not wait; nor does another that has its number.
    audience& who = of_.audiences_[at];
    if (!std::exchange(who.waits, false) || !is_here(who)) continue;
    if (who.proposing)
      who.again = true;
    else
      propose(at, {}, now);
  }
}

void agreement::propose(std::uint32_t at, const std::optional<directory::member_id>& instead_of,
                        instant now) {
  audience& who = of_.audiences_[at];
  who.proposing = true;
  // To make an entry live on moves nobody: a home that is full, or silent for a moment, keeps whom it has.
  const bool stays = who.home != node_number::none && who.home == who.holder &&
                     standing_of(who, who.home, now) != standing::leaves;
  const node_number home = stays ? who.home : of_.home_of(at, now);
  who.again = false;
  who.proposing = home != node_number::none;  // else whoever gives it one wants the directory's word too
  if (!who.proposing) return;
  who.replacing = instead_of.has_value();
  ++under_way_;
  ++of_.counters_.proposals;
  of_.out_.propose(who.client, of_.links_.nodes().at(home).id, instead_of);
}

// Answers.

void agreement::answered(std::string_view client, const std::optional<directory::member_id>& holder,
                         instant now) {
  check(under_way_ > 0);
  --under_way_;
  if (!holder) ++of_.counters_.proposals_failed;
  const auto found = of_.clients_.find(client);
  if (found == of_.clients_.end()) return;
  const std::uint32_t at = found->second;
  audience& who = of_.audiences_[at];
  if (!std::exchange(who.proposing, false)) return;  // of another of its name, before it
  who.unsure = !holder;
  if (holder)
    take_holder(at, *holder, now);
  else
    look_later(at, now);
  if (who.again) want_word(at);
}

void agreement::take_holder(std::uint32_t at, const directory::member_id& holder, instant now) {
  audience& who = of_.audiences_[at];
  who.holder = of_.links_.find(holder);
  const node_peer* peer = of_.links_.node(who.holder);
  if (peer && peer->in_directory)
    who.unknown_since = {};
  else if (who.unknown_since == instant{})
    who.unknown_since = now;
  if (who.holder != node_number::none && who.holder == who.home) return;
  ++of_.counters_.proposals_lost;
  const bool known = who.unknown_since == instant{} || now - who.unknown_since >= of_.options_.unknown_time;
  const bool gone = who.holder == node_number::none;
  const standing is = gone ? standing::leaves : standing_of(who, who.holder, now);
  if (is == standing::good) return follow_holder(at);
  const bool gives_way = is == standing::leaves || is == standing::full;
  // What could not be replaced is tried again no sooner than it is looked at: an entry may never give way.
  if (gives_way && known && !who.replacing && replace(at, holder, now)) return;
  look_later(at, now);
}

/// False when it has no better one.
bool agreement::replace(std::uint32_t at, const directory::member_id& holder, instant now) {
  audience& who = of_.audiences_[at];
  const node_number home = of_.home_of(at, now);
  const node_peer* own = of_.links_.node(home);
  if (!own || own->gray || standing_of(who, home, now) == standing::leaves) return false;
  const node_peer* old = of_.links_.node(who.holder);
  if (old && old->gray && old->in_directory && !old->draining) {
    who.gray_until = now + of_.options_.gray_rest * (1 << who.gray_times);
    who.gray_times = std::min<std::uint8_t>(who.gray_times + 1, gray_doublings_max);
  }
  ++of_.counters_.proposals_replacing;
  propose(at, holder, now);
  return true;
}

/// Its viewers go where the directory has it.
void agreement::follow_holder(std::uint32_t at) {
  of_.settle(at, of_.audiences_[at].holder, cause::hint);
}

// Clients that are not where the directory has them.

void agreement::look_later(std::uint32_t at, instant now) {
  if (std::exchange(of_.audiences_[at].looked_at, true)) return;
  look_again_.emplace_back(now + of_.options_.look_again, at);
}

/// Whether they can be there now, or the directory is to be told that nobody can.
void agreement::look_again(instant now) {
  while (!look_again_.empty() && now >= look_again_.front().first) {
    const std::uint32_t at = look_again_.front().second;
    look_again_.pop_front();
    audience& who = of_.audiences_[at];
    if (!std::exchange(who.looked_at, false) || !is_here(who)) continue;
    if (who.holder == who.home && !who.unsure) continue;
    const standing is = standing_of(who, who.holder, now);
    if (who.unsure || who.holder == node_number::none || is == standing::leaves || is == standing::full)
      want_word(at);
    else if (is == standing::good)
      follow_holder(at);
    if (is != standing::good) look_later(at, now);
  }
}

// Words that may have been missed.

void agreement::changed(std::string_view client, const std::optional<directory::member_id>& node) {
  const auto found = of_.clients_.find(client);
  if (found == of_.clients_.end() || !is_here(of_.audiences_[found->second])) return;
  const audience& who = of_.audiences_[found->second];
  const node_number number = node ? of_.links_.find(*node) : node_number::none;
  // Of what is being proposed the answer says more; and most often this is its own echo.
  const node_number expected = who.proposing ? who.home : who.holder;
  if (number == node_number::none || number != expected) want_word(found->second);
}

void agreement::doubtful() {
  at_once_ = of_.audiences_.end();
}

/// Clients in turn, all within the option of this name; and as fast as there are answers while words may have
/// been missed.
void agreement::propose_again(instant now) {
  const std::uint32_t all = of_.audiences_.end();
  std::uint32_t turns = turns_due(now);
  if (!reachable_) return;
  for (; at_once_ > 0 || turns > 0; turns -= turns > 0 ? 1 : 0) {
    if (turns == 0 && waiting_.size() >= of_.options_.proposals_max) return;
    at_once_ -= at_once_ > 0 ? 1 : 0;
    const std::uint32_t at = next_++ % all;
    if (is_here(of_.audiences_[at])) want_word(at);
  }
}

/// So many clients' time has come since it was last asked.
std::uint32_t agreement::turns_due(instant now) {
  const std::uint32_t all = of_.audiences_.end();
  if (!reachable_ || all == 0 || turns_taken_until_ == instant{}) {
    turns_taken_until_ = now;
    return 0;
  }
  const instant::duration each = instant::duration(of_.options_.propose_again) / all;
  const auto due = (now - turns_taken_until_) / each;
  turns_taken_until_ += due * each;
  return static_cast<std::uint32_t>(std::min<std::int64_t>(due, all));
}

void agreement::tick(instant now) {
  look_again(now);
  propose_again(now);
  propose_waiting(now);
}

}  // namespace blotter::gateway
