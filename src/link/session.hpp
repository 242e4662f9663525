#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <type_traits>

#include "base/result.hpp"
#include "base/time.hpp"
#include "link/codec.hpp"
#include "link/errc.hpp"
#include "link/frame.hpp"
#include "link/hello.hpp"
#include "link/message.hpp"
#include "link/outbox.hpp"

namespace blotter::link {

struct session_options {
  /// Cluster and member that this end belongs to; the role follows from the end.
  hello self;
  /// The member that was called, to be sure that nobody else answers at its address; empty for any.
  std::string peer_expected;
  /// From the first moment to the peer's hello: more than a busy loop needs, less than people wait.
  milliseconds handshake_max{3'000};
  /// A peer that was not heard for so long is gone, 0 for never. The cores turn elsewhere much earlier, at
  /// `link::silence_max`; this is when the connection is given up.
  milliseconds silence_max{3'000};
  /// A peer that takes no byte of what waits for it, or leaves a heartbeat unanswered, for so long is gone.
  milliseconds not_reading_max{3'000};
  /// Bytes that may wait for the peer. Rows are bounded by the window, so this bounds all else: answers to
  /// what the peer asked, which for 100,000 subscriptions at once are some 20 MiB.
  std::size_t waiting_bytes_max = 128 << 20;
};

/// Why a link ended: a number of `errc` or an error of the connection, and a sentence that says what to do.
struct ending {
  error_code why;
  std::string text;
};

/// Which role says these messages.
template <class Message>
inline constexpr role sender_of = role::node;
template <>
inline constexpr role sender_of<to_node> = role::router;
template <>
inline constexpr role sender_of<to_serving_node> = role::gateway;

/// One end of a link, from the first byte to the last: says hello and hears it, makes bytes of messages and
/// messages of bytes, measures the way there and back, and says when and why it is over. Sends and hears one
/// direction each: a router's end is session<to_node, to_router>, a gateway's <to_serving_node, to_gateway>.
/// A message that an end is not sent, or a partition that the feed does not have, ends the link: what comes
/// out of it needs no further look. Lives on one core; bytes and time come in as arguments.
template <class Sends, class Hears>
class session {
 public:
  static constexpr role own_role = sender_of<Sends>;
  static constexpr role peer_role = sender_of<Hears>;
  /// Of two ends one sends heartbeats, and the other answers them.
  static constexpr bool asks = own_role == role::router || own_role == role::gateway;

  /// Where the peer's words go. May call `send` and `end`.
  class ear {
   public:
    /// The peer is who it should be. Before anything else.
    virtual void up(const hello& peer) = 0;
    virtual void received(Hears&& message) = 0;

   protected:
    ~ear() = default;
  };

  /// The connection is there: hello waits in `out`.
  session(session_options options, instant now);

  // The peer's bytes.
  /// Where the next ones go: never empty, after the end neither.
  std::span<char> room() { return in_.room(); }
  /// So many were put into `room`.
  void arrived(std::size_t bytes, instant now, ear& to);

  // Ours.
  /// Nothing is sent before `up` or after the end.
  void send(const Sends& message, instant now);
  const outbox& out() const { return out_; }
  void written(std::size_t bytes);

  /// Deadlines; each 100 ms or more often. Time in which nobody called, because the process stood still, does
  /// not count against the peer.
  void tick(instant now);
  /// Ends the link, unless it has ended already. When the peer may still listen, a last word waits in `out`.
  void end(error_code why, std::string text = {});

  bool is_up() const { return phase_ == phase::up; }
  bool has_ended() const { return phase_ == phase::ended; }
  /// Once it has ended.
  const ending& how_it_ended() const { return ending_; }
  /// Whether what waits is worth being written after the end.
  bool has_last_word() const { return last_word_; }

  /// Once it is up.
  const hello& peer() const { return peer_; }
  /// When something last came; before that, when the connection was there.
  instant heard_at() const { return heard_at_; }
  /// From the last heartbeat that was answered to its answer, through the loops of both ends; zero before the
  /// first. Measured at the end that sends heartbeats.
  instant::duration round_trip() const { return round_trip_; }
  /// Messages heard, hello not counted.
  std::uint64_t messages_heard() const { return messages_heard_; }

 private:
  enum class phase : std::uint8_t { greeting, up, ended };
  struct beat {
    std::uint64_t number;
    instant sent_at;
  };

  void hear(heard<Hears>&& what, instant now, ear& to);
  void greeted(hello&& peer, ear& to);
  ending judge(const hello& peer) const;
  void heard_message(Hears&& message, instant now, ear& to);
  bool is_of_this_feed(const Hears& message);
  /// Puts the pieces of an answer together: what is whole may be handed on. False for pieces that do not fit.
  bool collect(Hears& message, bool& whole);
  /// An answer to a heartbeat of ours. False when there is none such.
  bool take_echo(std::uint64_t number, instant now);
  void refused(const refusal& what);
  void fail(ending how);

  session_options options_;
  frame_reader in_;
  outbox out_;
  encoder encoder_{out_};
  phase phase_ = phase::greeting;
  ending ending_;
  bool last_word_ = false;
  hello peer_;
  std::uint64_t messages_heard_ = 0;
  std::uint32_t partitions_ = 0;   ///< of the feed, as the router said
  std::string answer_;             ///< the pieces that came of one
  std::uint64_t answer_rest_ = 0;  ///< bytes of it to come
  std::deque<beat> beats_;         ///< not answered yet
  instant::duration round_trip_{};
  instant heard_at_;
  // Time that passed while somebody looked, since …
  instant ticked_at_;
  instant::duration greeting_for_{};    ///< the connection was there, until the hello
  instant::duration silent_for_{};      ///< something came
  instant::duration stuck_for_{};       ///< a byte was taken, or none waited
  instant::duration unanswered_for_{};  ///< a heartbeat was answered, or none was open
};

using router_end = session<to_node, to_router>;
using node_end = session<to_router, to_node>;
using gateway_end = session<to_serving_node, to_gateway>;
using serving_node_end = session<to_gateway, to_serving_node>;

extern template class session<to_node, to_router>;
extern template class session<to_router, to_node>;
extern template class session<to_serving_node, to_gateway>;
extern template class session<to_gateway, to_serving_node>;

}  // namespace blotter::link
