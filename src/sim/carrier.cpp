#include "sim/carrier.hpp"

#include <utility>

#include "sim/carry_wire.hpp"
#include "sim/node_host.hpp"

namespace blotter::sim {

using cause = link::stream_ended::cause;

void carrier::linked(carry_wire& way, std::uint32_t link) {
  gateways_[link] = {.way = &way};
}

void carrier::unlinked(std::uint32_t link) {
  const auto gone = gateways_.extract(link);
  if (!gone) return;
  for (const auto& [_, viewer] : gone.mapped().streams) {
    viewers_.erase(viewer);
    node_.core_->closed(viewer, node_.clock());
  }
  std::erase_if(questions_, [&](const auto& each) {
    if (each.second.first != link) return false;
    node_.core_->forget_request(node::request_id{each.first}, node_.clock());
    return true;
  });
}

void carrier::received(std::uint32_t link, const link::to_serving_node& message) {
  if (!gateways_.contains(link)) return;
  std::visit([&](const auto& what) { take(link, what); }, message);
}

void carrier::take(std::uint32_t from, const link::open_stream& what) {
  gateway& asker = gateways_.at(from);
  if (asker.streams.contains(what.id))
    return node_.all().fail(promise::protocol, node_.name() + " is asked for one stream twice");
  if (draining_) return say(from, link::stream_ended{what.id, cause::leaving});
  const auto admitted = node_.core_->admit(what.client);
  if (!admitted) {
    node_.all().seen.sometimes(situation::stream_refused);
    const bool full = admitted.error() == node::node_errc::viewers_max;
    return say(from, link::stream_ended{what.id, full ? cause::full : cause::client_full});
  }
  std::string client = what.client;
  std::string bookmark = what.bookmark.value_or("");
  if (node_.all().spoiled.active())
    node_.all().spoiled.opening(client, bookmark, node_.all().life.clients, node_.core_->tables().feed());
  node::view_request request{
      client, {}, std::chrono::seconds(what.beat_s), node::view_request::carrier::gateway};
  if (!bookmark.empty()) request.bookmark = bookmark;
  carried mine{.link = from, .id = what.id};
  opening_ = &mine;
  const node::viewer_id viewer = node_.core_->open(request, node_.clock());
  opening_ = nullptr;
  viewers_.emplace(viewer, std::move(mine));
  asker.streams.emplace(what.id, viewer);
}

void carrier::take(std::uint32_t from, const link::close_stream& what) {
  const gateway& asker = gateways_.at(from);
  const auto found = asker.streams.find(what.id);
  if (found == asker.streams.end()) return;
  const node::viewer_id viewer = found->second;
  forget(viewer);
  node_.core_->closed(viewer, node_.clock());
}

void carrier::take(std::uint32_t from, const link::stream_taken& what) {
  for (const auto& each : what.all) {
    const auto found = gateways_.at(from).streams.find(each.id);
    if (found == gateways_.at(from).streams.end()) continue;
    const node::viewer_id viewer = found->second;
    carried& mine = viewers_.at(viewer);
    if (each.bytes_total < mine.taken || each.bytes_total > mine.sent)
      return node_.all().fail(promise::protocol, "more of a stream is taken than was sent");
    mine.taken = each.bytes_total;
    if (!mine.blocked || mine.sent - mine.taken >= node_.all().life.stream_window_bytes) continue;
    mine.blocked = false;
    node_.core_->writable(viewer, node_.clock());
  }
}

void carrier::take(std::uint32_t from, const link::ask_rows& what) {
  questions_[++last_question_] = {from, what.id};
  node_.core_->ask_rows(node::request_id{last_question_}, what.client, node_.clock());
}

void carrier::take(std::uint32_t from, const link::heartbeat& what) {
  say(from, what);
}

bool carrier::send(node::viewer_id to, std::string_view events) {
  carried& mine = opening_ ? *opening_ : viewers_.at(to);
  if (!node_.all().spoiled.active()) return put(mine, events);
  std::string text(events);
  node_.all().spoiled.to_viewer(text, mine.memory);
  return text.empty() || put(mine, text);
}

bool carrier::put(carried& mine, std::string_view events) {
  link::stream_events& to = gateways_.at(mine.link).pending;
  const auto size = static_cast<std::uint32_t>(events.size());
  const bool again = !to.parts.empty() && to.parts.back().size == size && to.text.ends_with(events);
  if (!again) to.text.append(events);
  to.parts.push_back({mine.id, static_cast<std::uint32_t>(to.text.size()) - size, size});
  mine.sent += size;
  mine.blocked = mine.sent - mine.taken >= node_.all().life.stream_window_bytes;
  node_.all().seen.sometimes(situation::stream_window_full, mine.blocked);
  return !mine.blocked;
}

void carrier::end(node::viewer_id which, node::sink::ending how) {
  const carried mine = viewers_.at(which);
  say(mine.link,
      link::stream_ended{mine.id, how == node::sink::ending::after_sent ? cause::leaving : cause::stuck});
  forget(which);
  // The core has not returned yet.
  ++ending_;
  node_.post([this, which] {
    --ending_;
    node_.core_->closed(which, node_.clock());
  });
}

bool carrier::answer(node::request_id to, const std::string& json) {
  const auto asked = questions_.extract(static_cast<std::uint64_t>(to));
  if (!asked) return false;
  say(asked.mapped().first, link::rows_answer{asked.mapped().second, json});
  return true;
}

void carrier::write() {
  for (auto& [link, to] : gateways_)
    if (!to.pending.parts.empty()) to.way->send_to_gateway(link, std::exchange(to.pending, {}));
}

/// Behind all that was said before.
void carrier::say(std::uint32_t link, link::to_gateway message) {
  gateway& to = gateways_.at(link);
  if (!to.pending.parts.empty()) to.way->send_to_gateway(link, std::exchange(to.pending, {}));
  to.way->send_to_gateway(link, std::move(message));
}

void carrier::forget(node::viewer_id which) {
  const auto gone = viewers_.extract(which);
  gateways_.at(gone.mapped().link).streams.erase(gone.mapped().id);
}

void carrier::died(stream::death how) {
  for (auto& [_, each] : std::exchange(gateways_, {})) each.way->node_died(how);
  viewers_.clear();
  questions_.clear();
  draining_ = false;
  ending_ = 0;
}

}  // namespace blotter::sim
