#include "sim/node_host.hpp"

#include "base/check.hpp"
#include "sim/node_home.hpp"
#include "sim/router_home.hpp"
#include "sim/tickets.hpp"
#include "sim/wire.hpp"

namespace blotter::sim {

namespace {

constexpr milliseconds ask_to_move_after{100};
constexpr milliseconds ask_to_move_period{200};

std::uint32_t number(node::viewer_id id) {
  return static_cast<std::uint32_t>(id);
}

}  // namespace

node_host::node_host(context& all, std::string name) : front(all, std::move(name), milliseconds(50)) {}

node_host::~node_host() = default;

void node_host::live_in(grid& in, home_watcher& watcher, std::uint32_t number) {
  directory_ = &in;
  watcher_ = &watcher;
  process_ = number;
}

home* node_host::at_home() {
  return home_ ? &home_->at_home() : nullptr;
}

const home* node_host::at_home() const {
  return home_ ? &home_->at_home() : nullptr;
}

void node_host::born() {
  const plan& life = all().life;
  node::sink& mine = *this;
  core_ = std::make_unique<node::node>(
      node::node_options{.member = name(),
                         .tables = {.tombstones_min = life.tombstones, .seed = life.seed},
                         .viewers_max = life.viewers_max,
                         .viewers_per_client_max = life.viewers_per_client_max,
                         .idle_table_time = milliseconds(life.idle_ms),
                         .idle_tables_max = life.idle_tables,
                         .stuck_time = milliseconds(life.stuck_ms),
                         .event_bytes_max = life.event_bytes,
                         .event_rows_max = life.event_rows,
                         .taken_step_bytes = life.window_bytes / 4,
                         .seed = life.seed + this->life()},
      mine);
  if (directory_)
    home_ = std::make_unique<node_home>(all(), *directory_, *watcher_, *this, ways_, process_,
                                        member_of(all(), *this, directory::role::node));
  for (wire* each : ways_) each->connect();
}

void node_host::died() {
  home_.reset();
  core_.reset();
  carried_.died(silent_death_ ? stream::death::silent : stream::death::told);
  links_.clear();
  open_ = 0;
  askers_.clear();
  for (wire* each : ways_) each->node_died();
  for (stream* each : std::exchange(streams_, {}))
    if (each) each->node_died(silent_death_ ? stream::death::silent : stream::death::told);
  silent_death_ = draining_ = hands_over_ = false;
}

void node_host::tick() {
  if (all().spoiled.is(sabotage::silence_hidden))
    for (const auto& [number, _] : links_) core_->received(node::link_id{number}, link::progress{}, clock());
  if (hands_over_) hand_over();
  core_->tick(clock(), wall());
  if (home_) home_->tick();
}

// Links.

void node_host::linked(wire& way, std::uint32_t link) {
  post([this, &way, link] {
    if (!way.up() || way.number() != link) return;
    links_[link] = {&way};
    if (home_) home_->linked(way, link);
    core_->link_up(node::link_id{link}, clock());
  });
}

void node_host::unlinked(std::uint32_t link) {
  post([this, link] {
    const auto found = links_.find(link);
    if (found == links_.end()) return;
    all().seen.sometimes(situation::link_lost_while_loading, found->second.loading > 0);
    links_.erase(found);
    if (home_) home_->unlinked(link);
    core_->link_lost(node::link_id{link}, clock());
  });
}

void node_host::received(std::uint32_t link, link::to_node message) {
  const auto found = links_.find(link);
  if (found == links_.end()) return;
  found->second.loading -= std::holds_alternative<link::subscription_caught_up>(message);
  core_->received(node::link_id{link}, std::move(message), clock());
}

void node_host::send(node::link_id to, link::to_router message) {
  const auto number = static_cast<std::uint32_t>(to);
  const auto found = links_.find(number);
  if (found == links_.end()) return;
  linked_way& link = found->second;
  link.loading += std::holds_alternative<link::subscribe>(message);
  if (std::holds_alternative<link::wanted>(message)) {
    all().seen.sometimes(situation::link_switched_while_loading, link.loading > 0);
    link.loading = 0;
  }
  link.way->send_to_router(number, std::move(message));
}

table::partition_set node_host::reading(const router_host& from) const {
  for (const auto& [number, link] : links_)
    if (&link.way->router() == &from) return core_->reading(node::link_id{number});
  return {};
}

// Viewers.

void node_host::accept(stream& from, request what) {
  post([this, &from, asked = std::move(what)]() mutable {
    if (!from.viewer_listens()) return;
    from.node_life_ = life();
    if (turns_away()) return from.end(ending::after_sent);
    if (!lets_in(asked)) return from.refuse();
    if (!core_->admit(asked.client)) {
      all().seen.sometimes(situation::viewer_refused);
      from.send(
          "retry: 500\n\nevent: bye\ndata: {\"code\":3,\"reason\":\"overload\",\"reconnect\":true}\n\n");
      from.end(ending::after_sent);
      return;
    }
    if (all().spoiled.active())
      all().spoiled.opening(asked.client, asked.bookmark, all().life.clients, core_->tables().feed());
    node::view_request wanted{asked.client, {}, asked.beat};
    if (!asked.bookmark.empty()) wanted.bookmark = asked.bookmark;
    from.node_side_ = true;
    ++open_;
    opening_ = &from;
    const node::viewer_id id = core_->open(wanted, clock());
    opening_ = nullptr;
    from.id_ = number(id);
    if (number(id) >= streams_.size()) streams_.resize(number(id) + 1);
    streams_[number(id)] = &from;
  });
}

/// As a node's shell does where there are tickets: before all else that is about the client.
bool node_host::lets_in(const request& asked) {
  if (all().life.direct_percent == 0) return true;
  const auto good = check_ticket(all().spoiled, asked.ticket, asked.client, member(), wall());
  if (good) return true;
  using auth::errc;
  all().say(name(), " refuses a viewer of ", asked.client, ": ", good.error().message());
  all().seen.sometimes(situation::ticket_forged, good.error() == errc::ticket_forged);
  all().seen.sometimes(situation::ticket_expired, good.error() == errc::ticket_expired);
  all().seen.sometimes(situation::ticket_of_another_client, good.error() == errc::ticket_other_client);
  all().seen.sometimes(situation::ticket_of_another_node, good.error() == errc::ticket_other_node);
  return false;
}

void node_host::writable(stream& from) {
  core_->writable(node::viewer_id{from.id_}, clock());
}

void node_host::closed(stream& from) {
  from.node_side_ = false;
  --open_;
  streams_[from.id_] = nullptr;
  if (!all().spoiled.viewer_closed()) return;
  core_->closed(node::viewer_id{from.id_}, clock());
}

std::uint64_t node_host::ask(std::string client, answer_hook to) {
  const std::uint64_t question = ++questions_;
  post([this, question, asked = std::move(client), hook = std::move(to)]() mutable {
    askers_.emplace(question, std::move(hook));
    core_->ask_rows(node::request_id{question}, asked, clock());
  });
  return question;
}

void node_host::forget(std::uint64_t question) {
  post([this, question] {
    if (askers_.erase(question) > 0) core_->forget_request(node::request_id{question}, clock());
  });
}

void node_host::answer(node::request_id to, std::string json) {
  if (carried_.answer(to, json)) return;
  const auto asker = askers_.extract(static_cast<std::uint64_t>(to));
  if (!asker) return all().fail(promise::protocol, name() + " answers what nobody asks any more");
  if (all().spoiled.active()) all().spoiled.answer(json);
  asker.mapped()(std::move(json));
}

void node_host::drain() {
  if (!alive()) return;
  const bool again = std::exchange(draining_, true);
  if (all().life.direct_percent == 0) return post([this] { end_streams(); });
  if (again) return;
  hands_over_ = true;
  hand_over_until_ = clock() + hand_over_time;
  ask_to_move_at_ = clock() + ask_to_move_after;
  all().say(name(), " hands over");
  post([this] {
    if (home_) home_->at_home().drain();
  });
}

void node_host::hand_over() {
  if (clock() >= hand_over_until_) {
    hands_over_ = false;
    return end_streams();
  }
  if (clock() < ask_to_move_at_) return;
  ask_to_move_at_ = clock() + ask_to_move_period;
  core_->ask_to_move(clock());
}

void node_host::end_streams() {
  all().say(name(), " drains");
  all().seen.sometimes(situation::node_drained, core_->viewers() > 0);
  carried_.drain();
  core_->drain();
  if (!home_) return;
  home_->at_home().drain();
  home_->at_home().leave();
}

bool node_host::settle() {
  const bool more = core_->flush(clock());
  carried_.write();
  return more;
}

bool node_host::send(node::viewer_id to, std::string_view events) {
  if (carried_.carries(to)) return carried_.send(to, events);
  stream* way = number(to) < streams_.size() && streams_[number(to)] ? streams_[number(to)] : opening_;
  if (!all().spoiled.active()) {
    check(way != nullptr);
    return way->send(events);
  }
  if (!way) return true;  // of a viewer that the core was not told has gone
  std::string text(events);
  all().spoiled.to_viewer(text, way->memory_);
  return way->send(text);
}

void node_host::end(node::viewer_id which, ending how) {
  if (how == ending::at_once) all().seen.sometimes(situation::viewer_stuck_and_let_go);
  if (carried_.carries(which)) return carried_.end(which, how);
  if (streams_[number(which)]) streams_[number(which)]->end(how);
}

}  // namespace blotter::sim
