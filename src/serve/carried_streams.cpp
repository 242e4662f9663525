#include "serve/carried_streams.hpp"

#include <utility>

#include "base/check.hpp"

namespace blotter::serve {

namespace {

using cause = link::stream_ended::cause;

/// Memory of what was said in one turn that is kept for the next.
constexpr std::size_t pending_kept_bytes = 1 << 20;
constexpr milliseconds look_period{20};

std::uint32_t number(net::link_id which) {
  return static_cast<std::uint32_t>(which);
}

std::uint64_t number(link::stream_id which) {
  return static_cast<std::uint64_t>(which);
}

/// Puts `events` for one more stream; behind the text only where they are not what stands at its end.
void append(link::stream_events& to, link::stream_id id, std::string_view events) {
  const auto size = static_cast<std::uint32_t>(events.size());
  const bool again = !to.parts.empty() && to.parts.back().size == size && to.text.ends_with(events);
  if (!again) to.text.append(events);
  to.parts.push_back({id, static_cast<std::uint32_t>(to.text.size()) - size, size});
}

}  // namespace

carried_streams::carried_streams(node_core& node, net::link_hub_options options, const net::endpoint& at)
    : node_(node), hub_(node.core().loop(), std::move(options), *this), listener_(hub_, at, "--link") {
  node.carry_by(*this);
  node.core().every(look_period, [this](instant) {
    if (draining_ && hub_.empty()) left_.store(true, std::memory_order_relaxed);
  });
}

// What gateways say.

void carried_streams::link_up(net::link_id which, const link::hello&) {
  gateways_.try_emplace(number(which));
  if (draining_) hub_.end(which, link::errc::closed_by_us);
}

void carried_streams::received(net::link_id which, link::to_serving_node&& message) {
  std::visit([&](const auto& what) { take(which, what); }, message);
}

void carried_streams::link_lost(net::link_id which, const link::ending&) {
  const auto left = gateways_.extract(number(which));
  for (const auto& [_, viewer] : left.mapped().viewers) {
    of(viewer) = {};
    --streams_;
    node_.closed(viewer);
  }
  std::erase_if(questions_, [&](const auto& each) {
    if (each.second.from != which) return false;
    node_.forget_request(node::request_id{each.first});
    return true;
  });
}

void carried_streams::take(net::link_id from, const link::open_stream& what) {
  gateway& asker = gateways_.at(number(from));
  if (asker.viewers.contains(number(what.id))) return hub_.end(from, link::errc::out_of_bounds);
  if (draining_) return say_ended(from, what.id, cause::leaving);
  if (const auto admitted = node_.admit(what.client); !admitted)
    return say_ended(from, what.id,
                     admitted.error() == node::node_errc::viewers_max ? cause::full : cause::client_full);
  node::view_request request{what.client,
                             {},
                             what.beat_s ? std::chrono::seconds(what.beat_s) : node_.beat(),
                             node::view_request::carrier::gateway};
  if (what.bookmark && !what.bookmark->empty()) request.bookmark = *what.bookmark;
  opening_ = {.link = from, .id = what.id};
  const node::viewer_id opened = node_.open(request);
  check(opening_.link == net::link_id::none);  // a viewer's first bytes are sent at once
  asker.viewers.emplace(number(what.id), opened);
  ++streams_;
}

void carried_streams::take(net::link_id from, const link::close_stream& what) {
  gateway& asker = gateways_.at(number(from));
  const auto found = asker.viewers.find(number(what.id));
  if (found == asker.viewers.end()) return;  // it has ended meanwhile
  const node::viewer_id viewer = found->second;
  forget(viewer);
  node_.closed(viewer);
}

void carried_streams::take(net::link_id from, const link::stream_taken& what) {
  const gateway& asker = gateways_.at(number(from));
  for (const link::stream_taken::one& each : what.all) {
    const auto found = asker.viewers.find(number(each.id));
    if (found == asker.viewers.end()) continue;
    const node::viewer_id viewer = found->second;
    stream& mine = of(viewer);
    if (each.bytes_total < mine.taken || each.bytes_total > mine.sent)
      return hub_.end(from, link::errc::out_of_bounds);
    mine.taken = each.bytes_total;
    if (!mine.blocked || mine.sent - mine.taken >= link::stream_window_bytes) continue;
    mine.blocked = false;
    node_.writable(viewer);
  }
}

void carried_streams::take(net::link_id from, const link::ask_rows& what) {
  const std::uint64_t mine = ++last_question_;
  questions_.emplace(mine, question{from, what.id});
  node_.ask_rows(node::request_id{mine}, what.client);
}

void carried_streams::take(net::link_id from, const link::heartbeat& what) {
  hub_.send(from, what);
}

// What the node says.

bool carried_streams::carries(node::viewer_id which) const {
  const auto slot = static_cast<std::uint32_t>(which);
  const bool known = slot < by_viewer_.size() && by_viewer_[slot].link != net::link_id::none;
  return known || opening_.link != net::link_id::none;
}

bool carried_streams::send(node::viewer_id to, std::string_view events) {
  const auto slot = static_cast<std::uint32_t>(to);
  if (slot >= by_viewer_.size()) by_viewer_.resize(slot + 1);
  stream& mine = by_viewer_[slot];
  if (mine.link == net::link_id::none) mine = std::exchange(opening_, {});
  gateway& by = gateways_.at(number(mine.link));
  append(std::get<link::stream_events>(by.pending), mine.id, events);
  if (!std::exchange(by.due, true)) due_.push_back(mine.link);
  mine.sent += events.size();
  mine.blocked = mine.sent - mine.taken >= link::stream_window_bytes;
  return !mine.blocked;
}

void carried_streams::end(node::viewer_id which, node::sink::ending how) {
  const stream& mine = of(which);
  say_ended(mine.link, mine.id, how == node::sink::ending::after_sent ? cause::leaving : cause::stuck);
}

void carried_streams::gone(node::viewer_id which) {
  forget(which);
}

void carried_streams::answer(node::request_id to, std::string json) {
  const auto asked = questions_.extract(static_cast<std::uint64_t>(to));
  if (asked.empty()) return;
  if (json.size() > link::answer_size_max) json.clear();
  hub_.send(asked.mapped().from, link::rows_answer{asked.mapped().id, std::move(json)});
}

void carried_streams::write() {
  for (const net::link_id which : std::exchange(due_, {}))
    if (const auto found = gateways_.find(number(which)); found != gateways_.end())
      write_to(which, found->second);
}

void carried_streams::write_to(net::link_id which, gateway& to) {
  to.due = false;
  auto& events = std::get<link::stream_events>(to.pending);
  if (events.parts.empty()) return;
  hub_.send(which, to.pending);
  events.parts.clear();
  events.text.clear();
  if (events.text.capacity() > pending_kept_bytes) events = {};
}

void carried_streams::begin_drain() {
  draining_ = true;
  listener_.close();
}

void carried_streams::end_drain() {
  write();
  hub_.end_all();
}

void carried_streams::forget(node::viewer_id which) {
  const stream mine = std::exchange(of(which), {});
  gateways_.at(number(mine.link)).viewers.erase(number(mine.id));
  --streams_;
}

/// Behind all that was said of it.
void carried_streams::say_ended(net::link_id to, link::stream_id id, cause why) {
  write_to(to, gateways_.at(number(to)));
  hub_.send(to, link::stream_ended{id, why});
}

}  // namespace blotter::serve
