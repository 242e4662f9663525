// What comes over a client's connections, and the calls that go out on them.
#include <algorithm>

#include "hazelcast/client.hpp"
#include "hazelcast/errc.hpp"

namespace blotter::hazelcast {
namespace {

constexpr milliseconds again_min{20};  // before a call that a member put off is made again; doubles
constexpr unsigned again_doublings_max = 5;

}  // namespace

void client::received(wire_id which, std::string_view bytes, instant now) {
  const auto found = wires_.find(which);
  if (found == wires_.end()) return;
  found->second.heard = now;
  found->second.in.take(bytes);
  // Each message may bring about that the connection is dropped.
  for (auto at = found; at != wires_.end(); at = wires_.find(which)) {
    const auto next = at->second.in.next();
    if (!next) return drop(which, next.error(), now);
    if (!*next) return;
    receive(which, **next, now);
  }
}

void client::receive(wire_id which, message what, instant now) {
  const std::int64_t id = what.correlation();
  if (what.is_event()) {
    if (which == home_ && std::ranges::find(registrations_, id) != registrations_.end()) hear(what, now);
    return;  // else of a registration that is no more
  }
  if (auto call = calls_.take(id, which)) answer(std::move(*call), what, now);
}

void client::hear(message what, instant now) {
  switch (what.type()) {
    case told::members:
      return hear_members(what, now);
    case told::partitions: {
      const auto table = read_partitions(what);
      if (!table) return drop(home_, table.error(), now);
      return view_.apply(*table);
    }
    case told::entry: {
      auto event = read_entry_event(what);
      if (!event) return drop(home_, event.error(), now);
      ++figures_.events;
      // The first registration is for the cluster's view.
      const auto at = std::ranges::find(registrations_, what.correlation()) - registrations_.begin();
      event->map = static_cast<std::size_t>(std::max<std::ptrdiff_t>(at - 1, 0));
      return hearer_.entry_changed(*event, now);
    }
    default:
      return;  // newer members tell more
  }
}

/// Connections to those that are no members any more end at once: nothing that they would answer counts.
void client::hear_members(message what, instant now) {
  auto told = read_members(what);
  if (!told) return drop(home_, told.error(), now);
  if (!view_.apply(std::move(*told))) return;
  dialer_.learn(view_.members());
  std::vector<wire_id> gone;
  for (const auto& [id, each] : wires_)
    if (each.is == stage::ready && !view_.is_member(each.member)) gone.push_back(id);
  for (const wire_id id : gone) drop(id, errc::left_cluster, now);
  hearer_.cluster_changed(now);
}

result<void> client::call(request what, repeat may, instant now, answer_handler then) {
  if (calls_.size() >= options_.calls_max) return errc::too_many_calls;
  if (route(what.partition()) == 0) return errc::not_connected;
  send({std::move(what), may, std::move(then), now + options_.call_max}, now);
  return {};
}

void client::send(pending_call what, instant now) {
  what.on = route(what.what.partition());
  if (what.on == 0) {
    what.again = now + again_min;
    return calls_.wait(std::move(what));
  }
  ++what.attempts;
  const wire_id on = what.on;
  const request bytes = what.what;
  out_.send(on, bytes.with(calls_.add(std::move(what))));
}

std::int64_t client::send_bound(wire_id on, const request& what, milliseconds within, instant now,
                                answer_handler then) {
  pending_call call{what, repeat::no, std::move(then), now + within};
  call.on = call.bound = on;
  const std::int64_t id = calls_.add(std::move(call));
  out_.send(on, what.with(id));
  return id;
}

/// The owner's connection if there is one; a member that is not the owner passes the call on.
wire_id client::route(std::int32_t partition) const {
  const auto owner = view_.owner_of(partition);
  wire_id any = 0;
  for (const auto& [id, each] : wires_) {
    if (each.is != stage::ready) continue;
    if (owner && each.member == *owner) return id;
    if (any == 0 || id == home_) any = id;
  }
  return any;
}

void client::answer(pending_call to, message with, instant now) {
  if (with.type() != told::error) return to.then(with, now);
  const auto error = read_error(with);
  if (!error) return to.then(error.error(), now);
  refusal_ = *error;
  if (to.bound != 0)
    return to.then(error->code == error_code_of::not_active ? errc::not_ready : errc::refused_call, now);
  if (!is_passing(error->code)) return to.then(errc::refused_call, now);
  const unsigned doublings = std::min(to.attempts, again_doublings_max);
  make_again(std::move(to), now + again_min * (1 << doublings), now);
}

void client::make_again(pending_call what, instant after, instant now) {
  ++figures_.repeats;
  if (after <= now) return send(std::move(what), now);
  what.again = after;
  calls_.wait(std::move(what));
}

}  // namespace blotter::hazelcast
