#include "sim/node_host.hpp"
#include "sim/oracle.hpp"
#include "sim/tickets.hpp"
#include "sim/viewer.hpp"

// A viewer in direct mode: its way to the node that a gateway names, and from one node to the next.

namespace blotter::sim {

namespace {

/// A successor that said nothing for so long is given up, as the library does: what is held back for it must
/// not be late.
constexpr milliseconds successor_max{1500};

}  // namespace

void viewer::ask_place(std::uint32_t attempt) {
  front& gateway = *fronts_[all_.viewers.below(fronts_.size())];
  all_.say("viewer ", number_, " asks ", gateway.name(), " for the place of ", client_name(seen_.client()));
  const auto told = [this, attempt](const front::place& what) {
    all_.time.after(latency(), [this, attempt, what] { placed(attempt, what); });
  };
  all_.time.after(latency(), [this, &gateway, told] {
    if (!gateway.alive()) return told({});
    gateway.ask_place(client_name(seen_.client()), told);
  });
}

void viewer::placed(std::uint32_t attempt, const front::place& what) {
  const bool to_move = next_ && next_->number == attempt;
  if (!to_move && (attempt != attempt_ || !asking_)) return;  // it has given up on that
  if (what.what == front::place::answer::given) {
    all_.say("viewer ", number_, " is sent to ", what.member);
    if (to_move) {
      next_->heard = all_.time.now();
      next_->way = open_at(what, next_->bookmark);
      return;
    }
    asking_ = false;
    heard_ = beat_at_ = all_.time.now();
    way_ = open_at(what, bookmark_);
    return;
  }
  const bool refused = what.what == front::place::answer::refused;
  all_.say("viewer ", number_, refused ? " is given no place" : " has lost the gateway");
  if (refused) wish_ = milliseconds(1000 * (1 + static_cast<std::int64_t>(all_.viewers.below(5))));
  to_move ? give_up_successor("there is no place for it") : lose();
}

stream* viewer::open_at(const front::place& where, std::string bookmark) {
  front::request what{client_name(seen_.client()), std::move(bookmark),
                      std::chrono::seconds(all_.life.beat_s), where.ticket};
  std::string_view lie;
  if (const auto detail = std::exchange(bad_ticket_, std::nullopt)) lie = spoil_ticket(what, where, *detail);
  stream* way = open_stream(*where.node, std::move(what));
  if (!lie.empty()) lies_.emplace(way, lie);
  return way;
}

/// Gives what is wrong with it: nobody may be let in with that.
std::string_view viewer::spoil_ticket(front::request& what, const front::place& where,
                                      std::uint64_t detail) const {
  const wall_time now = where.node->wall();
  const wall_time good = now + ticket_time;
  const std::uint32_t clients = all_.life.clients;
  const std::string other =
      client_name((seen_.client() + 1 + static_cast<std::uint32_t>(detail / 8 % clients)) % (clients + 1));
  switch (detail % 5) {
    case 0:
      what.ticket = sign_ticket(signer::gateway, {other, where.member, good});
      return "a ticket for another client";
    case 1:
      what.client = other;
      return "its own ticket, as one of another client";
    case 2:
      what.ticket = sign_ticket(signer::stranger, {what.client, where.member, good});
      return "a forged ticket";
    case 3:
      // Clocks may be stepped while it is under way.
      what.ticket = sign_ticket(
          signer::gateway, {what.client, where.member,
                            now - auth::clocks_differ_max - std::chrono::seconds(60 + detail / 8 % 600)});
      return "an old ticket";
    default:
      what.ticket = sign_ticket(signer::gateway, {what.client, where.member + "0", good});
      return "a ticket for another node";
  }
}

void viewer::refused(stream& from) {
  from.vanish();
  const bool to_move = next_ && &from == next_->way;
  if (!to_move && &from != way_) return;
  all_.say("viewer ", number_, " is refused");
  to_move ? give_up_successor("it is refused") : lose();
}

// From one node to the next.

void viewer::move() {
  if (next_ || !direct_ || !connected() || !seen_.said_hello()) return;
  move_at_.reset();
  const instant now = all_.time.now();
  next_.emplace(successor{.number = ++attempts_, .bookmark = seen_.id(), .since = now, .heard = now});
  all_.say("viewer ", number_, " moves");
  ask_place(next_->number);
}

void viewer::hear_successor(stream& from, std::string_view bytes) {
  next_->heard = all_.time.now();
  std::vector<stream_event> events;
  if (!next_->reader.take(bytes, events))
    all_.fail(promise::protocol, "no event stream: " + std::string(bytes));
  for (const stream_event& each : events) {
    if (&from == way_) {
      hear(each, recently_troubled() ? eyes::delivery::late : eyes::delivery::prompt);
      continue;
    }
    if (each.name == "bye") return give_up_successor("it is sent away");
    if (each.name != "hello") {
      next_->said.push_back(each);
      continue;
    }
    all_.seen.sometimes(situation::moved_before_break);
    all_.seen.sometimes(situation::moved_to_the_same_node, &way_->at() == &from.at());
    all_.say("viewer ", number_, " has moved from ", way_->at().name(), " to ", from.at().name());
    way_->close();
    become_successor();
    hear(each, recently_troubled() ? eyes::delivery::late : eyes::delivery::prompt);
  }
}

void viewer::go_on_by_successor() {
  all_.seen.sometimes(situation::moved_while_the_old_stream_ended);
  all_.say("viewer ", number_, " goes on by the connection that it tries");
  become_successor();
}

/// What the old stream said since it was tried comes again.
void viewer::become_successor() {
  const successor next = std::move(*next_);
  next_.reset();
  held_.clear();
  move_at_.reset();
  attempt_ = next.number;
  bookmark_ = next.bookmark;
  reader_ = next.reader;
  way_ = next.way;
  asking_ = way_ == nullptr;
  heard_ = beat_at_ = next.heard;
  live_since_.reset();
  asked_to_move_ = false;
  ++failures_;
  seen_.closed();
  if (bookmark_.empty()) seen_.forget_all();
  seen_.opened(!bookmark_.empty(), std::chrono::seconds(all_.life.beat_s));
  for (const stream_event& each : next.said) hear(each, eyes::delivery::late);
}

/// On with the old stream, and another try later.
void viewer::give_up_successor(std::string_view why) {
  all_.seen.sometimes(situation::successor_given_up);
  all_.say("viewer ", number_, " stays where it is: ", why);
  if (next_->way) next_->way->close();
  next_.reset();
  move_at_ =
      all_.time.now() +
      milliseconds(50 + static_cast<std::int64_t>(all_.viewers.below(4 * std::uint64_t{all_.life.retry_ms})));
  for (const stream_event& each : std::exchange(held_, {})) hear(each, eyes::delivery::late);
}

void viewer::watch_moving() {
  const instant now = all_.time.now();
  if (next_ && now - next_->since > successor_max) give_up_successor("it is not answered");
  if (asking_ && now - heard_ > silence_max()) {
    all_.say("viewer ", number_, " is told no place");
    lose();
  }
  if (move_at_ && now > *move_at_) move();
}

/// A node that leaves by its own will asks those who read its stream to move, before it ends them.
void viewer::check_goodbye(const stream_event& event) {
  if (event.name == "moving") asked_to_move_ = true;
  if (event.name != "bye" || text_member(event.data, "reason") != "shutdown" || asked_to_move_) return;
  const instant now = all_.time.now();
  const milliseconds there = node_host::hand_over_time + oracle::way_of(all_.life);
  if (!live_since_ || now - *live_since_ <= there || recently_troubled()) return;
  if (now - way_->waited_at() <= there) return;  // it is not asked while it does not read
  all_.fail(promise::protocol,
            "viewer " + std::to_string(number_) + " is sent away, and was not asked to move before");
}

}  // namespace blotter::sim
