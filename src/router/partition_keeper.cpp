#include "router/partition_keeper.hpp"

#include <utility>

namespace blotter::router {

namespace {

/// What was refused is given up, and then nothing is refused any more: not to be taken up again at once.
constexpr milliseconds full_for{10'000};

}  // namespace

partition_keeper::partition_keeper(directory::member_id self, directory::holdings_options options,
                                   const router& of, hands& out)
    : holdings_(self, options), self_(std::move(self)), router_(of), out_(out) {
  out_.hold({});
  out_.read({}, {});
}

void partition_keeper::see(std::span<const directory::member> members, instant now) {
  for (const directory::member& each : members)
    if (each.id != self_ && each.feed.generation != 0) out_.hear_of(table::generation{each.feed.generation});
  follow_router(now);
  holdings_.see(members, now);
  follow_holdings(now);
}

void partition_keeper::tick(directory::sight how, instant now) {
  follow_router(now);
  holdings_.set_sight(how, now);
  follow_holdings(now);
}

void partition_keeper::set_linked(const directory::member_id& who, bool yes, instant now) {
  follow_router(now);
  holdings_.set_linked(who, yes, now);
  follow_holdings(now);
}

void partition_keeper::drain(instant now) {
  draining_ = true;
  follow_router(now);
  holdings_.drain(now);
  follow_holdings(now);
}

// Before whatever may have something given up: nodes are told at once what is served, and may miss it.
void partition_keeper::follow_router(instant now) {
  const router_state& state = router_.state();
  if (state.feed != generation_) {
    generation_ = state.feed;
    serving_.clear();
    holdings_.begin(static_cast<std::uint64_t>(generation_), state.partitions, now);
  }
  if (router_.serving() != serving_) {
    serving_ = router_.serving();
    holdings_.set_caught_up(serving_, now);
  }
  if (state.partitions_refused > 0) refused_at_ = now;
  const bool full = refused_at_ && now - *refused_at_ < full_for;
  holdings_.set_room(full ? directory::intake::full : directory::intake::open, now);
}

void partition_keeper::follow_holdings(instant now) {
  while (held_ != holdings_.held()) {
    held_ = holdings_.held();
    out_.hold(held_);
    follow_router(now);
  }
  if (const auto call = reads_.follow(router_.state().feed, router_.reading(), router_.awaited()))
    out_.read(call->partitions, call->again);
  directory::feed_share announced = holdings_.announced();
  if (told_ == announced) return;
  out_.announce(announced);
  told_ = std::move(announced);
}

}  // namespace blotter::router
