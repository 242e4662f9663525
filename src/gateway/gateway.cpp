#include "gateway/gateway.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "sse/events.hpp"

// Who the viewers are, and what of their streams was taken. What nodes say is in gateway_links.cpp, which
// node a stream comes from in gateway_streams.cpp and gateway_moves.cpp, what viewers are told of it in
// gateway_freshness.cpp, and which node all gateways give a client to in agreement.cpp.

namespace blotter::gateway {

using table::no_slot;

namespace {

constexpr std::size_t bookmark_size_max = 4096;
constexpr std::string_view bookmark_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
constexpr std::string_view malformed_bookmark = ".";
/// As an answer to overload is spread, see http/overload.hpp.
constexpr std::uint64_t turned_away_ms_min = 3'000;
constexpr std::uint64_t turned_away_ms_max = 15'000;

/// As it may go on a link, and back to its viewer as an id. What is none stays none: a part of it might be
/// one.
std::string_view harmless(std::string_view bookmark) {
  const bool can_be_one =
      bookmark.size() <= bookmark_size_max && bookmark.find_first_not_of(bookmark_letters) == bookmark.npos;
  return can_be_one ? bookmark : malformed_bookmark;
}

std::uint32_t number(viewer_id id) {
  return static_cast<std::uint32_t>(id);
}

}  // namespace

gateway::gateway(gateway_options options, sink& out)
    : options_(std::move(options)),
      out_(out),
      random_(options_.seed),
      placement_(options_.placement),
      links_({options_.quiet_time, options_.suspect_time, options_.dead_time}),
      held_({options_.hold_first, options_.hold_max}, options_.seed),
      waiting_({options_.reopen_rate, options_.reopen_burst}) {}

// The directory.

void gateway::see(std::span<const directory::member> all, instant now) {
  std::vector<node_number> there;
  for (const auto& [each, peer] : links_.nodes())
    if (peer.in_directory) there.push_back(each);
  links_.see(all);
  placement_.see(all, now);
  for (const directory::member& each : all) {
    const node_number number = links_.find(each.id);
    if (number == node_number::none || !links_.linked(number)) continue;
    node_peer& peer = links_.nodes().at(number);
    if (std::exchange(peer.report, each.load.number) == each.load.number) continue;
    gray_.note(number, 0, gray_watch::observer::flush, each.load.flush_delay);
    const bool full = each.load.room == directory::intake::full;
    peer.reported_full_until = full ? now + options_.placement.report_age_max : instant{};
  }
  for (const node_number each : there) {
    const node_peer* peer = links_.node(each);
    if (!peer || peer->in_directory) continue;
    for (std::uint32_t link = 0; link < links_.end(); ++link)
      if (links_[link].up && links_[link].node == each && links_.watch.condemn(link, now))
        suspect_link(link, cause::lease, now);
  }
  nodes_changed_ = true;
  follow_nodes(now);
  open_waiting(now);
}

void gateway::set_directory(bool reachable) {
  placement_.set_directory(reachable);
  agreed_.set_directory(reachable);
}

void gateway::proposed(std::string_view client, const std::optional<directory::member_id>& holder,
                       instant now) {
  agreed_.answered(client, holder, now);
}

void gateway::placement_changed(std::string_view client, const std::optional<directory::member_id>& node) {
  agreed_.changed(client, node);
}

void gateway::placements_doubtful() {
  agreed_.doubtful();
}

// Viewers.

result<void> gateway::admit(std::string_view client) {
  const auto refuse = [this](gateway_errc why) {
    ++counters_.viewers_refused;
    return why;
  };
  if (viewers_.used() >= options_.viewers_max) return refuse(gateway_errc::viewers_max);
  const auto found = clients_.find(client);
  if (found != clients_.end() && audiences_[found->second].viewers.size() >= options_.viewers_per_client_max)
    return refuse(gateway_errc::viewers_per_client_max);
  return {};
}

viewer_id gateway::open(const view_request& request, instant now) {
  check(!request.client.empty());
  const std::uint32_t at = audience_of(request.client);
  const std::uint32_t slot = viewers_.take();
  viewer_stream& mine = viewers_[slot];
  mine = {};
  mine.audience = at;
  mine.serial = ++last_serial_;
  mine.told = now;
  mine.place = static_cast<std::uint32_t>(audiences_[at].viewers.size());
  mine.beat_s = static_cast<std::uint8_t>(std::clamp<std::chrono::seconds::rep>(request.beat.count(), 0, 30));
  if (request.bookmark) mine.mark = harmless(*request.bookmark);
  audiences_[at].viewers.push_back(slot);
  ++counters_.viewers_opened;
  unserve(slot, now);
  want_stream(slot);
  open_waiting(now);
  agreed_.want_first_word(at);
  return viewer_id{slot};
}

void gateway::closed(viewer_id which, instant) {
  const std::uint32_t slot = number(which);
  viewer_stream& mine = viewers_[slot];
  check(mine.serial != 0);
  close_source(mine.from);
  close_source(mine.next);
  const std::uint32_t at = mine.audience;
  audience& of = audiences_[at];
  of.viewers[mine.place] = of.viewers.back();
  viewers_[of.viewers[mine.place]].place = mine.place;
  of.viewers.pop_back();
  serve(slot);
  if (mine.taken_due) std::erase(taken_due_, slot);
  std::erase(moving_, slot);
  mine = {};
  viewers_.give_back(slot);
  drop_if_empty(at);
}

void gateway::taken(viewer_id which, std::size_t bytes, instant) {
  viewer_stream& mine = viewers_[number(which)];
  mine.written += bytes;
  check(mine.written <= mine.sent);
  note_taken(number(which));
}

void gateway::tick(instant now) {
  watch_links(now);
  watch_slowness(now);
  send_heartbeats(now);
  retry_stranded(now);
  open_waiting(now);
  forget_places(now);
  end_late_moves(now);
  relieve(now);
  agreed_.tick(now);
  gather(now);
  follow_unserved(now);
  ask_waiting(now);
  tell_taken();
}

void gateway::drain() {
  for_each_viewer([&](std::uint32_t slot) {
    viewer_stream& mine = viewers_[slot];
    if (mine.ending) return;
    std::string goodbye;
    sse::append_bye(goodbye, mine.mark.value_or(""), sse::bye_reason::shutdown, true);
    say(slot, goodbye);
    end(slot, sink::ending::after_sent);
  });
}

std::uint32_t gateway::audience_of(std::string_view client) {
  const auto found = clients_.find(client);
  if (found != clients_.end()) return found->second;
  const std::uint32_t slot = audiences_.take();
  audiences_[slot] = {};
  audiences_[slot].client = client;
  clients_.emplace(client, slot);
  return slot;
}

void gateway::drop_if_empty(std::uint32_t slot) {
  audience& mine = audiences_[slot];
  if (!mine.viewers.empty() || mine.questions > 0 || mine.placed_until != instant{}) return;
  clients_.erase(mine.client);
  if (mine.scattered) std::erase(scattered_, slot);
  mine = {};
  audiences_.give_back(slot);
}

// What was taken.

void gateway::note_taken(std::uint32_t slot) {
  viewer_stream& mine = viewers_[slot];
  if (mine.taken_due || !mine.from.open()) return;
  if (mine.taken() < mine.from.told + options_.taken_step_bytes) return;
  mine.taken_due = true;
  taken_due_.push_back(slot);
}

void gateway::tell_taken() {
  for (const std::uint32_t slot : taken_due_) {
    viewer_stream& mine = viewers_[slot];
    mine.taken_due = false;
    if (!mine.from.open() || mine.taken() <= mine.from.told) continue;
    mine.from.told = mine.taken();
    links_[mine.from.link].taken.all.push_back({mine.from.id, mine.from.told});
  }
  taken_due_.clear();
  for (std::uint32_t link = 0; link < links_.end(); ++link)
    if (links_[link].up && !links_[link].taken.all.empty())
      out_.send(links_[link].id, link::to_serving_node(std::exchange(links_[link].taken, {})));
}

// The end.

/// No node would have it: to come back later, and not all at once.
void gateway::turn_away(std::uint32_t slot) {
  ++counters_.viewers_overloaded;
  std::string goodbye;
  const std::uint64_t delay = turned_away_ms_min + random_.below(turned_away_ms_max - turned_away_ms_min + 1);
  sse::append_retry(goodbye, milliseconds(delay));
  sse::append_bye(goodbye, viewers_[slot].mark.value_or(""), sse::bye_reason::overload, true);
  say(slot, goodbye);
  end(slot, sink::ending::after_sent);
}

void gateway::end(std::uint32_t slot, sink::ending how) {
  viewer_stream& mine = viewers_[slot];
  close_source(mine.from);
  close_source(mine.next);
  std::erase(moving_, slot);
  mine.ending = true;
  out_.end(viewer_id{slot}, how);
}

std::vector<node_view> gateway::nodes(instant now) const {
  std::vector<node_view> all;
  for (const auto& [number, peer] : links_.nodes()) {
    node_view one{.id = peer.id, .cores = static_cast<std::uint32_t>(peer.links.size())};
    for (const std::uint32_t link : peer.links) {
      if (link == no_slot) continue;
      ++one.links;
      one.suspect = one.suspect || !links_.watch.trusted(link);
    }
    one.streams = links_.streams(peer);
    one.held = held_.holds(peer.address, now);
    one.gray = peer.gray;
    one.echo = gray_.echo(number);
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace blotter::gateway
