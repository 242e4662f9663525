#include "net/link_hub.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace blotter::net {

namespace {

constexpr milliseconds tick_period{50};

}  // namespace

template <class Sends, class Hears>
link_hub<Sends, Hears>::link_hub(boost::asio::io_context& loop, link_hub_options options,
                                 link_owner<Hears>& owner)
    : loop_(loop), options_(std::move(options)), owner_(owner), timer_(loop) {
  arm();
}

template <class Sends, class Hears>
link_hub<Sends, Hears>::~link_hub() {
  for (auto& [_, each] : links_) each.of->abandon();
  for (leaving& each : leaving_) each.of->abandon();
}

template <class Sends, class Hears>
link_id link_hub<Sends, Hears>::add(link_socket socket, beginning how) {
  if (links_.size() + leaving_.size() >= options_.links_max) {
    ++figures_.crowded;
    return link_id::none;
  }
  set_link_options(socket);
  link::session_options mine = options_.session;
  mine.peer_expected = std::move(how.member);
  const link_id number{++last_number_};
  auto stream = make_link_stream(std::move(socket), options_.tls.get(), how.end);
  typename connection::keeper& self = *this;
  auto of = std::make_shared<connection>(loop_, number, std::move(stream), std::move(mine), self);
  links_.emplace(last_number_, entry{of, std::move(how.peer), std::move(how.then)});
  of->start();
  return number;
}

template <class Sends, class Hears>
void link_hub<Sends, Hears>::send(link_id to, const Sends& message) {
  const auto found = links_.find(static_cast<std::uint32_t>(to));
  if (found != links_.end()) found->second.of->send(message);
}

template <class Sends, class Hears>
void link_hub<Sends, Hears>::end(link_id which, error_code why) {
  const auto found = links_.find(static_cast<std::uint32_t>(which));
  if (found != links_.end()) found->second.of->end(why);
}

template <class Sends, class Hears>
void link_hub<Sends, Hears>::end_all() {
  for (auto& [_, each] : links_) each.of->end(link::errc::closed_by_us);
}

template <class Sends, class Hears>
auto link_hub<Sends, Hears>::find(link_id which) const -> const session* {
  const auto found = links_.find(static_cast<std::uint32_t>(which));
  return found == links_.end() ? nullptr : &found->second.of->state();
}

// What connections tell.

template <class Sends, class Hears>
void link_hub<Sends, Hears>::up(link_id which, const link::hello& peer) {
  entry& mine = links_.at(static_cast<std::uint32_t>(which));
  mine.was_up = true;
  ++figures_.up;
  ++figures_.begun;
  log::info("link", "up", {{"member", peer.member}, {"role", name_of(peer.as)}, {"peer", mine.peer}});
  owner_.link_up(which, peer);
}

template <class Sends, class Hears>
void link_hub<Sends, Hears>::over(link_id which) {
  auto taken = links_.extract(static_cast<std::uint32_t>(which));
  entry& mine = taken.mapped();
  const session& state = mine.of->state();
  const link::ending why = state.how_it_ended();
  if (!mine.of->closed()) leaving_.push_back({mine.of, instant::clock::now() + options_.last_word_max});
  if (mine.was_up) {
    --figures_.up;
    ++figures_.lost;
    log::warn("link", "lost", {{"member", state.peer().member}, {"peer", mine.peer}, {"why", why.text}});
    owner_.link_lost(which, why);
  } else {
    ++figures_.refused;
    static log::sample often(5);
    often.warn("link", "refused", {{"peer", mine.peer}, {"why", why.text}});
  }
  if (mine.then) mine.then(why, state.messages_heard() > 0);
}

// Time.

template <class Sends, class Hears>
void link_hub<Sends, Hears>::arm() {
  timer_.expires_after(tick_period);
  timer_.async_wait([this](error_code failed) {
    if (failed) return;
    tick(instant::clock::now());
    arm();
  });
}

template <class Sends, class Hears>
void link_hub<Sends, Hears>::tick(instant now) {
  ticked_.clear();
  for (const auto& [number, _] : links_) ticked_.push_back(link_id{number});
  for (const link_id each : ticked_) {
    // Another one's end may have ended it.
    const auto found = links_.find(static_cast<std::uint32_t>(each));
    if (found == links_.end()) continue;
    const auto kept = found->second.of;
    kept->tick(now);
  }
  std::erase_if(leaving_, [&](const leaving& each) {
    if (now >= each.until) each.of->abandon();
    return each.of->closed();
  });
}

template class link_hub<link::to_node, link::to_router>;
template class link_hub<link::to_router, link::to_node>;
template class link_hub<link::to_serving_node, link::to_gateway>;
template class link_hub<link::to_gateway, link::to_serving_node>;

}  // namespace blotter::net
