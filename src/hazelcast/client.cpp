#include "hazelcast/client.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "hazelcast/errc.hpp"

namespace blotter::hazelcast {
namespace {

/// Between two ticks: longer means that this process stood still, not its peers.
constexpr milliseconds stall{1'000};

bool is_refusal(error_code why) {
  return why == errc::refused_credentials || why == errc::refused_client || why == errc::other_serialization;
}

error_code as_error(authentication_status status) {
  switch (status) {
    case authentication_status::authenticated:
      return {};
    case authentication_status::refused_credentials:
      return errc::refused_credentials;
    case authentication_status::other_serialization:
      return errc::other_serialization;
    case authentication_status::refused_client:
      return errc::refused_client;
  }
  return errc::bad_message;
}

}  // namespace

client::client(client_options options, wires& out, client_listener& hearer)
    : options_(std::move(options)),
      out_(out),
      hearer_(hearer),
      dialer_(options_.seeds, options_.dialing, options_.seed) {
  check(!options_.seeds.empty() && options_.id != uuid());
}

void client::tick(instant now) {
  if (ticked_ != instant{} && now - ticked_ > stall) {
    for (auto& [id, each] : wires_) {
      each.began += now - ticked_;
      each.heard += now - ticked_;
    }
    calls_.forgive(now - ticked_);
  }
  ticked_ = now;
  for (const pending_call& each : calls_.overdue(now)) {
    figures_.unknown += each.attempts > 0;
    each.then(errc::timed_out, now);
  }
  for (pending_call& each : calls_.due_again(now)) send(std::move(each), now);
  watch_wires(now);
  for (address& each : dialer_.due(now)) {
    wires_.emplace(++last_wire_, wire{each, now, now, now});
    out_.dial(last_wire_, each);
  }
}

void client::stop() {
  calls_.clear();
  for (const auto& [id, each] : wires_) out_.hang_up(id);
  wires_.clear();
  home_ = 0;
  home_ready_ = false;
}

void client::watch_wires(instant now) {
  std::vector<wire_id> mute;
  std::vector<wire_id> to_ping;
  for (auto& [id, each] : wires_) {
    const bool up = each.is == stage::ready;
    const instant::duration silence = now - (up ? each.heard : each.began);
    if (silence > (up ? options_.silence_max : options_.handshake_max)) mute.push_back(id);
    if (up && now - each.pinged >= options_.ping_every) to_ping.push_back(id);
  }
  for (const wire_id id : mute) drop(id, errc::silent, now);
  for (const wire_id id : to_ping) {
    const auto found = wires_.find(id);
    if (found == wires_.end()) continue;
    found->second.pinged = now;
    send_bound(id, ping(), options_.silence_max, now, [](result<message>, instant) {});
  }
}

void client::connected(wire_id which, instant now) {
  const auto found = wires_.find(which);
  if (found == wires_.end()) return;
  found->second.is = stage::authenticating;
  out_.send(which, std::string(protocol_preamble));
  const authentication as{options_.id, options_.cluster, options_.who, options_.name, true};
  send_bound(which, authenticate(as), options_.handshake_max, now,
             [this, which](result<message> got, instant at) {
               if (!got) return drop(which, got.error(), at);
               const auto answer = read_authentication(*got);
               if (!answer) return drop(which, answer.error(), at);
               authenticated(which, *answer, at);
             });
}

error_code client::objection(wire_id which, const authentication_answer& as) const {
  if (as.status != authentication_status::authenticated) return as_error(as.status);
  bool others = false;
  for (const auto& [id, each] : wires_) {
    if (id == which || each.is != stage::ready) continue;
    if (each.member == as.member) return errc::duplicate;
    others = true;
  }
  if (others && !view_.fits(as)) return errc::other_cluster;
  return {};
}

void client::authenticated(wire_id which, const authentication_answer& as, instant now) {
  if (const error_code against = objection(which, as)) return drop(which, against, now);
  wire& it = wires_.at(which);
  it.is = stage::ready;
  it.member = as.member;
  it.heard = it.pinged = now;
  ++figures_.connects;
  dialer_.succeeded(it.at);
  if (!view_.fits(as)) {
    // What waits was meant for the partitions of a cluster that is no more.
    for (const pending_call& each : calls_.due_again(instant::max())) each.then(errc::connection_lost, now);
  }
  view_.begin(as);
  if (home_ == 0) make_home(which, now);
}

void client::make_home(wire_id which, instant now) {
  home_ = which;
  home_ready_ = false;
  registrations_.clear();
  view_.change_speaker();
  register_at_home(now);
}

void client::register_at_home(instant now) {
  const auto count = [this, at_home = home_](result<message> got, instant at) {
    registered(at_home, got ? error_code() : got.error(), at);
  };
  const auto ask = [&](const request& what) {
    ++unanswered_registrations_;
    return send_bound(home_, what, options_.registration_max, now, count);
  };
  unanswered_registrations_ = 0;
  registrations_.push_back(ask(add_cluster_view_listener()));
  ask(trigger_partition_assignment());
  for (const std::string& each : options_.maps) {
    ask(create_map(each));
    registrations_.push_back(ask(add_entry_listener(each, false)));
  }
}

void client::registered(wire_id which, error_code failed, instant now) {
  if (which != home_) return;
  if (failed) return drop(which, failed, now);
  if (--unanswered_registrations_ > 0) return;
  home_ready_ = true;
  hearer_.client_ready(now);
}

void client::lost(wire_id which, error_code why, instant now) {
  if (wires_.contains(which)) forget(which, why, now);
}

void client::drop(wire_id which, error_code why, instant now) {
  if (!wires_.contains(which)) return;
  out_.hang_up(which);
  forget(which, why, now);
}

/// The connection is no more: what was under way on it goes another way or has failed, and if we listened
/// there we listen elsewhere.
void client::forget(wire_id which, error_code why, instant now) {
  const wire gone = std::move(wires_.extract(which).mapped());
  if (gone.is == stage::ready) {
    ++figures_.losses;
    dialer_.reconsider(now);
  }
  if (why == errc::duplicate)
    dialer_.superfluous(gone.at);
  else
    dialer_.failed(gone.at, is_refusal(why) ? dialer::failure::refused : dialer::failure::passing, now);
  const bool was_home = std::exchange(home_, which == home_ ? 0 : home_) == which;
  if (was_home) home_ready_ = false;
  if (home_ == 0 && why != errc::duplicate) hearer_.client_away(why, gone.at, now);
  for (pending_call& each : calls_.of(which)) {
    if (each.bound != 0) continue;  // nobody but this connection cared
    if (each.may == repeat::yes) {
      make_again(std::move(each), now, now);
    } else {
      ++figures_.unknown;
      each.then(errc::connection_lost, now);
    }
  }
  settle(now);
}

/// Finds another home when there is none.
void client::settle(instant now) {
  if (home_ != 0) return;
  for (const auto& [id, each] : wires_)
    if (each.is == stage::ready) return make_home(id, now);
}

milliseconds client::quiet(instant now) const {
  milliseconds longest{0};
  for (const auto& [id, each] : wires_) {
    if (each.is != stage::ready) continue;
    longest = std::max(longest, std::chrono::duration_cast<milliseconds>(now - each.heard));
  }
  return longest;
}

std::size_t client::connections() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(wires_, [](const auto& each) { return each.second.is == stage::ready; }));
}

}  // namespace blotter::hazelcast
