#include "link/session.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/overloaded.hpp"

namespace blotter::link {

namespace {

/// The most that one tick can say of a peer: what is more passed while this process stood still.
constexpr milliseconds tick_step_max{200};
/// Heartbeats whose answer is waited for; 16 s of them.
constexpr std::size_t beats_max = 64;

std::string quoted(const std::string& name) {
  return "'" + name + "'";
}

}  // namespace

template <class Sends, class Hears>
session<Sends, Hears>::session(session_options options, instant now)
    : options_(std::move(options)), heard_at_(now), ticked_at_(now) {
  options_.self.as = own_role;
  const result<void> done = encoder_.put(options_.self);
  check(done.has_value());
}

// The peer's words.

template <class Sends, class Hears>
void session<Sends, Hears>::arrived(std::size_t bytes, instant now, ear& to) {
  in_.arrived(bytes);
  heard_at_ = now;
  silent_for_ = {};
  while (!has_ended()) {
    const auto body = in_.next();
    if (!body) {
      end(body.error());
      break;
    }
    if (body->empty()) return;
    auto what = decode<Hears>(*body);
    if (what)
      hear(std::move(*what), now, to);
    else
      end(what.error());
  }
  in_.drop();
}

template <class Sends, class Hears>
void session<Sends, Hears>::hear(heard<Hears>&& what, instant now, ear& to) {
  std::visit(
      overloaded{[&](hello& peer) { greeted(std::move(peer), to); }, [&](refusal& why) { refused(why); },
                 [&](Hears& message) { heard_message(std::move(message), now, to); }},
      what);
}

template <class Sends, class Hears>
void session<Sends, Hears>::greeted(hello&& peer, ear& to) {
  if (phase_ != phase::greeting) return end(errc::hello_expected);
  ending how = judge(peer);
  if (how.why) return fail(std::move(how));
  peer_ = std::move(peer);
  phase_ = phase::up;
  in_.set_size_max(frame_size_max);
  to.up(peer_);
}

/// Whether this end may be linked with that peer: no error, or which and what to do about it.
template <class Sends, class Hears>
ending session<Sends, Hears>::judge(const hello& peer) const {
  const hello& self = options_.self;
  if (peer.version != self.version)
    return {errc::other_version, "the peer speaks version " + std::to_string(peer.version) +
                                     " of the link, this end version " + std::to_string(self.version) +
                                     ": upgrade the older one"};
  if (peer.cluster != self.cluster)
    return {errc::other_cluster, quoted(peer.member) + " belongs to cluster " + quoted(peer.cluster) + ", " +
                                     quoted(self.member) + " to " + quoted(self.cluster) +
                                     ": start both with the same cluster name"};
  if (peer.as != peer_role)
    return {errc::other_role, quoted(peer.member) + " is a " + name_of(peer.as) + ", and a " +
                                  name_of(own_role) + " is linked here to a " + name_of(peer_role) +
                                  " only: check the address"};
  if (!peer.topic.empty() && !self.topic.empty() && peer.topic != self.topic)
    return {errc::other_topic, quoted(peer.member) + " is of topic " + quoted(peer.topic) + ", " +
                                   quoted(self.member) + " of " + quoted(self.topic) +
                                   ": give each topic a directory of its own"};
  if (peer.member == self.member)
    return {errc::same_member,
            "both ends are named " + quoted(self.member) + ": give every process a name of its own"};
  if (!options_.peer_expected.empty() && peer.member != options_.peer_expected)
    return {errc::other_member, quoted(peer.member) + " answers where " + quoted(options_.peer_expected) +
                                    " was called: the directory is out of date, or two share an address"};
  return {};
}

template <class Sends, class Hears>
void session<Sends, Hears>::heard_message(Hears&& message, instant now, ear& to) {
  if (phase_ != phase::up) return end(errc::hello_expected);
  ++messages_heard_;
  if (!is_of_this_feed(message)) return end(errc::out_of_bounds);
  const auto* echo = std::get_if<heartbeat>(&message);
  if (asks && echo && !take_echo(echo->number, now)) return end(errc::unknown_echo);
  bool whole = true;
  if (!collect(message, whole)) return end(errc::out_of_bounds);
  if (whole) to.received(std::move(message));
}

template <class Sends, class Hears>
bool session<Sends, Hears>::collect(Hears& message, bool& whole) {
  if constexpr (std::is_same_v<Hears, to_gateway>) {
    auto* const piece = std::get_if<rows_answer>(&message);
    if (!piece) return answer_rest_ == 0;  // pieces come one behind the other
    if (answer_rest_ > 0 && piece->json.size() + piece->rest != answer_rest_) return false;
    answer_rest_ = piece->rest;
    whole = answer_rest_ == 0;
    if (whole && answer_.empty()) return true;
    answer_ += piece->json;
    if (whole) piece->json = std::exchange(answer_, {});
  }
  return true;
}

template <class Sends, class Hears>
bool session<Sends, Hears>::is_of_this_feed(const Hears& message) {
  if constexpr (std::is_same_v<Hears, to_node>) {
    const auto known = [this](const auto& each) {
      if constexpr (requires { each.at; })
        return each.at.partition < partitions_;
      else if constexpr (requires { each.partition; })
        return each.partition < partitions_;
      else
        return each < partitions_;
    };
    if (const auto* began = std::get_if<feed_began>(&message)) partitions_ = began->partitions;
    if (const auto* some = std::get_if<rows>(&message)) return std::ranges::all_of(some->all, known);
    if (const auto* some = std::get_if<progress>(&message))
      return std::ranges::all_of(some->partitions, known);
    if (const auto* some = std::get_if<serving>(&message))
      return std::ranges::all_of(some->partitions, known);
  }
  return true;
}

template <class Sends, class Hears>
bool session<Sends, Hears>::take_echo(std::uint64_t number, instant now) {
  while (!beats_.empty() && beats_.front().number < number) beats_.pop_front();
  if (beats_.empty() || beats_.front().number != number) return false;
  round_trip_ = now - beats_.front().sent_at;
  beats_.pop_front();
  unanswered_for_ = {};
  return true;
}

template <class Sends, class Hears>
void session<Sends, Hears>::refused(const refusal& what) {
  fail({errc::refused_by_peer,
        "the peer says: " + what.text + " (reason " + std::to_string(what.number) + ")"});
}

// Our words.

template <class Sends, class Hears>
void session<Sends, Hears>::send(const Sends& message, instant now) {
  if (phase_ != phase::up) return;
  if (const result<void> done = encoder_.put(message); !done) return end(done.error());
  if (out_.size() > options_.waiting_bytes_max) return end(errc::queue_full);
  const auto* asked = std::get_if<heartbeat>(&message);
  if (!asks || !asked) return;
  if (beats_.size() == beats_max) beats_.pop_front();
  beats_.push_back({asked->number, now});
}

template <class Sends, class Hears>
void session<Sends, Hears>::written(std::size_t bytes) {
  out_.written(bytes);
  if (bytes > 0) stuck_for_ = {};
}

// Time and the end.

template <class Sends, class Hears>
void session<Sends, Hears>::tick(instant now) {
  const instant::duration step = std::min<instant::duration>(now - ticked_at_, tick_step_max);
  ticked_at_ = now;
  greeting_for_ += step;
  silent_for_ += step;
  stuck_for_ = out_.empty() ? instant::duration{} : stuck_for_ + step;
  unanswered_for_ = beats_.empty() ? instant::duration{} : unanswered_for_ + step;
  if (phase_ == phase::greeting && greeting_for_ > options_.handshake_max)
    return end(errc::handshake_timeout);
  if (phase_ != phase::up) return;
  if (stuck_for_ > options_.not_reading_max || unanswered_for_ > options_.not_reading_max)
    return end(errc::not_reading);
  if (options_.silence_max > milliseconds(0) && silent_for_ > options_.silence_max) end(errc::silent);
}

template <class Sends, class Hears>
void session<Sends, Hears>::end(error_code why, std::string text) {
  if (text.empty()) text = why.message();
  fail({why, std::move(text)});
}

template <class Sends, class Hears>
void session<Sends, Hears>::fail(ending how) {
  if (has_ended()) return;
  phase_ = phase::ended;
  ending_ = std::move(how);
  // The peer hears what was found wrong with it, unless it has gone, or cannot be hearing.
  const error_code& why = ending_.why;
  last_word_ = why.category() == category() && why != errc::refused_by_peer && why != errc::closed_by_peer &&
               why != errc::queue_full && why != errc::not_reading && why != errc::silent;
  if (last_word_)
    last_word_ = encoder_.put(refusal{static_cast<std::uint32_t>(why.value()), ending_.text}).has_value();
}

template class session<to_node, to_router>;
template class session<to_router, to_node>;
template class session<to_serving_node, to_gateway>;
template class session<to_gateway, to_serving_node>;

}  // namespace blotter::link
