#include "serve/partition_keeper.hpp"

#include <utility>

namespace blotter::serve {

namespace {

table::partition_set to_table(const directory::partition_set& from) {
  return table::partition_set::of(from.all());
}

}  // namespace

partition_keeper::partition_keeper(directory::member_id self, directory::holdings_options options,
                                   router_core& router, feed::partition_source& source, share tell)
    : holdings_(self, options), self_(self), router_(router), source_(source), tell_(std::move(tell)) {
  // Nothing before it is known who else is there: routers that start together would each load everything.
  router_.hold({});
  source_.assign({}, {});
}

void partition_keeper::see(std::span<const directory::member> members, instant now) {
  for (const directory::member& each : members)
    if (each.id != self_ && each.feed.generation != 0)
      source_.hear_of(table::generation{each.feed.generation});
  holdings_.see(members, now);
  follow_holdings(now);
}

void partition_keeper::tick(instant now) {
  follow_router(now);
  holdings_.tick(now);
  follow_holdings(now);
}

void partition_keeper::drain(instant now) {
  holdings_.drain(now);
  follow_holdings(now);
}

void partition_keeper::follow_router(instant now) {
  const router::router_state& state = router_.state().state();
  if (state.feed != generation_) {
    generation_ = state.feed;
    serving_.clear();
    holdings_.begin(static_cast<std::uint64_t>(generation_), state.partitions, now);
    follow_holdings(now);
  }
  holdings_.set_room(state.partitions_refused > 0 ? directory::intake::full : directory::intake::open, now);
  const table::partition_set& serving = router_.state().serving();
  if (serving == serving_) return;
  serving.for_each([&](table::partition_id each) {
    if (!serving_.has(each)) holdings_.caught_up(each, now);
  });
  serving_ = serving;
}

void partition_keeper::follow_holdings(instant now) {
  while (request_ != holdings_.request()) {
    request_ = holdings_.request();
    const directory::partition_set held = holdings_.held();
    router_.hold(to_table(held));
    assigned_ = router_.state().reading();
    source_.assign(assigned_, router_.state().awaited());
    holdings_.reads(request_, held, now);
  }
  // What was given up is still read while links do, and then no more.
  if (const table::partition_set reading = router_.state().reading(); reading != assigned_) {
    assigned_ = reading;
    source_.assign(assigned_, {});
  }
  directory::feed_share announced = holdings_.announced();
  if (told_ == announced) return;
  tell_(announced);
  told_ = std::move(announced);
}

}  // namespace blotter::serve
