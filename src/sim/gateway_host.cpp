#include "sim/gateway_host.hpp"

#include <algorithm>
#include <utility>

#include "sim/carry_wire.hpp"
#include "sim/tickets.hpp"

namespace blotter::sim {

namespace {

constexpr std::uint32_t ticks_a_look = 10;

std::uint32_t number(gateway::viewer_id id) {
  return static_cast<std::uint32_t>(id);
}

/// A process that restarts is another member.
directory::member_id member_of(const node_host& node) {
  return directory::member_id::parse(node.member()).value();
}

}  // namespace

gateway_host::gateway_host(context& all, std::string name,
                           const std::vector<std::unique_ptr<node_host>>& nodes)
    : front(all, std::move(name), milliseconds(50)), nodes_(nodes) {}

void gateway_host::born() {
  const plan& life = all().life;
  gateway::sink& mine = *this;
  gateway::gateway_options options;
  options.reopen_rate = life.reopen_rate;
  options.reopen_burst = life.reopen_burst;
  options.hold_first = milliseconds(life.retry_ms);
  options.hold_max = milliseconds(life.retry_ms * 4);
  options.move_rest = milliseconds(1000);
  options.taken_step_bytes = life.stream_window_bytes / 4;
  options.seed = life.seed + this->life();
  options.propose_again = milliseconds(1500);
  options.look_again = milliseconds(300);
  options.unknown_time = milliseconds(1000);
  options.gray_rest = milliseconds(1000);
  options.proposals_max = 1 + life.seed % 8;
  options.proposals_waiting_max = 4 + life.seed / 8 % 16;
  core_ = std::make_unique<gateway::gateway>(options, mine);
  begin_agreeing();
  look_at_nodes();
  for (carry_wire* each : ways_) each->connect();
}

void gateway_host::died() {
  core_.reset();
  way_.reset();
  keeper_.reset();
  proposed_.clear();
  links_.clear();
  asked_.clear();
  broken_.clear();
  const auto how = silent_death_ ? stream::death::silent : stream::death::told;
  for (carry_wire* each : ways_) each->gateway_died(how);
  for (connection& each : std::exchange(connections_, {}))
    if (each.way) each.way->node_died(how);
  late_.clear();
  for (const auto& [_, caller] : std::exchange(callers_, {}))
    if (!silent_death_) caller({});
  silent_death_ = false;
}

void gateway_host::tick() {
  if (++ticks_ % ticks_a_look == 0) look_at_nodes();
  agree_on_time();
  core_->tick(clock());
}

bool gateway_host::settle() {
  core_->received_all(clock());
  return false;
}

/// What the directory would say, as it stands now.
void gateway_host::look_at_nodes() {
  std::vector<directory::member> all_members;
  ++reports_;
  for (const auto& each : nodes_) {
    if (!each->alive()) continue;
    directory::member one{member_of(*each)};
    one.roles = {directory::role::node};
    one.link_address = each->name() + ":1";
    one.stage = each->draining() ? directory::stage::draining : directory::stage::serving;
    one.load.number = reports_;
    one.load.viewers = each->core()->viewers();
    all_members.push_back(std::move(one));
  }
  core_->see(all_members, clock());
}

// Links.

void gateway_host::linked(carry_wire& way, std::uint32_t link) {
  post([this, &way, link, member = member_of(way.node())] {
    if (!way.up() || way.number() != link) return;
    links_[link] = &way;
    core_->link_up(gateway::link_id{link}, member, 0, 1, clock());
  });
}

void gateway_host::unlinked(std::uint32_t link) {
  post([this, link] {
    if (links_.erase(link) == 0) return;
    std::erase_if(asked_, [&](const auto& each) { return each.second.link == link; });
    core_->link_lost(gateway::link_id{link}, clock());
  });
}

void gateway_host::received(std::uint32_t link, link::to_gateway message) {
  if (!links_.contains(link)) return;
  if (const auto* ended = std::get_if<link::stream_ended>(&message)) asked_.erase(ended->id);
  if (all().spoiled.is(sabotage::superseded_event_passed)) pass_superseded(message);
  core_->received(gateway::link_id{link}, std::move(message), clock());
  for (const std::uint32_t each : std::exchange(broken_, {}))
    if (const auto found = links_.extract(each)) found.mapped()->cut(carry_wire::reset::both_told);
}

void gateway_host::send(gateway::link_id to, link::to_serving_node message) {
  const auto link = static_cast<std::uint32_t>(to);
  const auto found = links_.find(link);
  if (found == links_.end()) return;
  if (auto* open = std::get_if<link::open_stream>(&message)) {
    if (all().spoiled.active()) all().spoiled.from_gateway(*open);
    asked_[open->id] = {link, open->client};
  }
  if (const auto* close = std::get_if<link::close_stream>(&message)) asked_.erase(close->id);
  found->second->send_to_node(link, std::move(message));
}

/// Planted: what comes of streams that were closed reaches their viewers.
void gateway_host::pass_superseded(const link::to_gateway& message) {
  const auto* events = std::get_if<link::stream_events>(&message);
  if (!events) return;
  for (const auto& each : events->parts) {
    const auto at = static_cast<std::uint32_t>(static_cast<std::uint64_t>(each.to));
    if (asked_.contains(each.to) || at >= connections_.size() || !connections_[at].way) continue;
    connections_[at].way->send(std::string_view(events->text).substr(each.begin, each.size));
  }
}

void gateway_host::give_up(gateway::link_id which) {
  all().fail(promise::protocol, name() + " gives a link up: a node does not keep to the protocol");
  broken_.push_back(static_cast<std::uint32_t>(which));
}

// Viewers.

void gateway_host::accept(stream& from, request what) {
  post([this, &from, asked = std::move(what)] {
    if (!from.viewer_listens()) return;
    from.node_life_ = life();
    const std::string client =
        all().spoiled.active() ? all().spoiled.client_at_gateway(asked.client) : asked.client;
    gateway::view_request wanted{client, {}, asked.beat};
    if (!asked.bookmark.empty()) wanted.bookmark = asked.bookmark;
    all().seen.sometimes(situation::placed_without_directory, way_ && !way_->ready());
    from.node_side_ = true;
    opening_ = &from;
    const gateway::viewer_id id = core_->open(wanted, clock());
    opening_ = nullptr;
    from.id_ = number(id);
    if (number(id) >= connections_.size()) connections_.resize(number(id) + 1);
    if (connections_[number(id)].way != &from) connections_[number(id)] = {.way = &from};
  });
}

gateway_host::connection& gateway_host::connection_of(gateway::viewer_id which) {
  const std::uint32_t at = number(which);
  if (at >= connections_.size()) connections_.resize(at + 1);
  if (!connections_[at].way) connections_[at] = {.way = opening_};
  return connections_[at];
}

std::size_t gateway_host::send(gateway::viewer_id to, std::string_view events) {
  connection& mine = connection_of(to);
  std::string spoiled(events);
  if (all().spoiled.active()) {
    if (!all().spoiled.from_gateway(spoiled)) return events.size();
    mine.way->send(spoiled);
    return events.size();
  }
  if (mine.pending > 0) {
    mine.kept += events;
    return 0;
  }
  if (mine.way->send(events)) return events.size();
  mine.pending = events.size();
  return 0;
}

void gateway_host::writable(stream& from) {
  connection& mine = connections_[from.id_];
  const gateway::viewer_id who{from.id_};
  core_->taken(who, std::exchange(mine.pending, 0), clock());
  if (mine.kept.empty()) return;
  const std::string kept = std::exchange(mine.kept, {});
  if (mine.way->send(kept))
    core_->taken(who, kept.size(), clock());
  else
    mine.pending = kept.size();
}

void gateway_host::closed(stream& from) {
  from.node_side_ = false;
  connections_[from.id_] = {};
  core_->closed(gateway::viewer_id{from.id_}, clock());
}

void gateway_host::end(gateway::viewer_id which, ending how) {
  connection& mine = connection_of(which);
  if (how == ending::at_once) all().seen.sometimes(situation::viewer_stuck_and_let_go);
  if (how == ending::after_sent && !mine.kept.empty()) mine.way->send(std::exchange(mine.kept, {}));
  mine.way->end(how == ending::after_sent ? node::sink::ending::after_sent : node::sink::ending::at_once);
}

void gateway_host::rerouted(const gateway::reroute& what) {
  all().say(name(), " brought a stream to another node for ", gateway::name(what.why), " in ",
            static_cast<std::uint64_t>(what.taken.count()), " ms, after ",
            static_cast<std::uint64_t>(what.gap.count()), " ms");
  using gateway::cause;
  all().seen.sometimes(situation::rerouted_by_reset, what.why == cause::reset);
  all().seen.sometimes(situation::rerouted_by_silence, what.why == cause::silence);
  all().seen.sometimes(situation::rerouted_by_leaving, what.why == cause::leaving);
  all().seen.sometimes(situation::rerouted_by_full, what.why == cause::full);
  all().seen.sometimes(situation::rerouted_by_gray, what.why == cause::gray);
  all().seen.sometimes(situation::rerouted_by_hint, what.why == cause::hint);
}

// Which node a client has at all gateways.

void gateway_host::agree_by(placements& map, std::uint32_t number) {
  placements_ = &map;
  number_ = number;
}

void gateway_host::begin_agreeing() {
  if (!placements_) return;
  keeper_.emplace(directory::placements_options{.life = milliseconds(6'000)});
  way_ = std::make_unique<placements::end>(*placements_, *this, number_);
  way_->use(*keeper_);
  keeper_->use(*way_);
  keeper_->tell(this);
  lost_ = 0;
}

void gateway_host::agree_on_time() {
  if (!way_) return;
  way_->tick(clock());
  core_->set_directory(way_->ready());
  const std::uint64_t lost = core_->counters().proposals_lost;
  all().seen.sometimes(situation::placed_apart, std::exchange(lost_, lost) < lost);
}

void gateway_host::propose(std::string_view client, const directory::member_id& node,
                           const std::optional<directory::member_id>& instead_of) {
  const bool first = proposed_.insert_or_assign(std::string(client), node).second;
  const bool planted = !first && all().spoiled.is(sabotage::placement_changes_unheard);
  if (!planted && keeper_->propose(client, node, instead_of, clock())) return;
  post([this, planted, who = std::string(client), node] {
    core_->proposed(who, planted ? std::optional(node) : std::nullopt, clock());
  });
}

void gateway_host::placement_answered(std::string_view client, std::optional<directory::member_id> node) {
  if (all().spoiled.is(sabotage::placement_answer_ignored)) node = proposed_.find(client)->second;
  core_->proposed(client, node, clock());
}

void gateway_host::placement_changed(std::string_view client,
                                     const std::optional<directory::member_id>& node) {
  if (!all().spoiled.is(sabotage::placement_changes_unheard)) core_->placement_changed(client, node);
}

const host& gateway_host::clock_of(const std::string& member) const {
  for (const auto& each : nodes_)
    if (each->name() == member) return *each;
  return *this;
}

std::size_t gateway_host::kept_max() const {
  std::size_t most = 0;
  for (const connection& each : connections_) most = std::max(most, each.kept.size());
  return most;
}

// Places.

void gateway_host::ask_place(std::string client, place_hook to) {
  const std::uint64_t call = ++calls_;
  callers_.emplace(call, std::move(to));
  post([this, call, asked = std::move(client)] { answer_place(call, asked); });
}

void gateway_host::answer_place(std::uint64_t call, const std::string& client) {
  place said{.what = place::answer::refused};
  const auto node = core_->place(client, clock());
  for (const auto& each : nodes_) {
    if (!node || node->text().substr(0, node->text().find('.')) != each->name()) continue;
    said.what = place::answer::given;
    said.node = each.get();
    said.member = node->text();
    said.ticket = sign_ticket(signer::gateway, {client, said.member, wall() + ticket_time});
    if (at_next_place_) std::exchange(at_next_place_, {})(*each);
  }
  if (all().spoiled.is(sabotage::old_place_again) && node)
    said = first_places_.try_emplace(client, said).first->second;
  all().seen.sometimes(situation::place_refused, !node);
  all().seen.sometimes(situation::place_late, places_ == places::late);
  all().seen.sometimes(situation::place_never_answered, places_ == places::lost);
  if (places_ == places::late) return late_.emplace_back(call, std::move(said)), void();
  if (places_ == places::told) tell_place(call, said);
}

void gateway_host::tell_place(std::uint64_t call, const place& what) {
  if (const auto caller = callers_.extract(call)) caller.mapped()(what);
}

void gateway_host::set_places(places how) {
  places_ = how;
  if (how != places::told) return;
  for (const auto& [call, what] : std::exchange(late_, {})) tell_place(call, what);
}

node_host* gateway_host::node_of(const std::string& client) const {
  for (const auto& [id, each] : asked_)
    if (each.client == client) return &links_.at(each.link)->node();
  return nullptr;
}

std::string gateway_host::client_placed_elsewhere() {
  for (const auto& [id, each] : asked_) {
    const auto node = core_->place(each.client, clock());
    if (!node || node->text() != links_.at(each.link)->node().member()) return each.client;
    all().seen.sometimes(situation::client_placed_where_it_is_carried);
  }
  return {};
}

std::string gateway_host::scattered_client() const {
  std::map<std::string, std::uint32_t> where;
  for (const auto& [id, each] : asked_)
    if (where.try_emplace(each.client, each.link).first->second != each.link) return each.client;
  return {};
}

void gateway_host::add_homes(std::map<std::string, std::set<std::string>>& all) const {
  for (const auto& [id, each] : asked_)
    if (const auto link = links_.find(each.link); link != links_.end())
      all[each.client].insert(link->second->node().name());
}

}  // namespace blotter::sim
