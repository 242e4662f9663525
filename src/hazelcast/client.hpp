#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "hazelcast/answer.hpp"
#include "hazelcast/call_table.hpp"
#include "hazelcast/cluster_view.hpp"
#include "hazelcast/dialer.hpp"
#include "hazelcast/request.hpp"
#include "hazelcast/wires.hpp"

namespace blotter::hazelcast {

struct client_options {
  std::vector<address> seeds;   ///< where to look for members first; at least one
  std::string cluster = "dev";  ///< its name, which members insist on
  std::optional<credentials> who =
      {};                        ///< for members that ask for them; open-source ones refuse whoever gives any
  std::string name = "blotter";  ///< shown to operators
  uuid id = {};                  ///< of this process, for its whole life; not null
  std::vector<std::string> maps = {};  ///< whose entries are listened to
  std::uint64_t seed = 1;              ///< of the chance in delays
  dialer_options dialing = {};

  /// From dialing until authenticated: a frozen member accepts, and is mute.
  milliseconds handshake_max{2'000};
  milliseconds ping_every{1'000};
  milliseconds silence_max{4'000};  ///< nothing heard from a member for so long: it is dropped
  milliseconds call_max{2'000};     ///< for an answer, repetitions included
  /// For the answer to a registration, which members give when all of them have it: one that is frozen holds
  /// it up until the others remove it (5 s where they are set up as in deploy/hazelcast).
  milliseconds registration_max{10'000};
  std::size_t calls_max = 1'024;  ///< under way at once
};

/// Hears from a client, on its core. May call it.
class client_listener {
 public:
  virtual ~client_listener() = default;
  /// Listening from here on: what changed before was not told, and must be read.
  virtual void client_ready(instant now) = 0;
  /// The member that told of changes is lost, or there has been none yet: said for each failed attempt.
  virtual void client_away(error_code why, const address& where, instant now) = 0;
  /// A member joined or left the cluster: a hint that entries may have changed hands, or be lost.
  virtual void cluster_changed(instant now) = 0;
  /// `what` borrows, until this returns.
  virtual void entry_changed(const entry_event& what, instant now) = 0;
};

struct client_figures {
  std::uint64_t connects = 0;  ///< times that a member took us
  std::uint64_t losses = 0;    ///< of these, ended since
  std::uint64_t repeats = 0;   ///< calls made again
  std::uint64_t unknown = 0;   ///< calls of which nobody knows whether they ran
  std::uint64_t events = 0;
};

/// A client of a Hazelcast cluster, its decisions alone: told what came over which connection and what time
/// it is, it says what to dial, send and hang up. Connects to every member, asks the owner of a key (without
/// a connection to it: any member, who passes it on), listens at one of them for all, and comes back by
/// itself. Lives on one core. Bounded by `calls_max` and by the members of the cluster.
class client {
 public:
  /// Both outlive this.
  client(client_options options, wires& out, client_listener& hearer);

  /// Drives whatever depends on time: each 50 ms or so.
  void tick(instant now);
  /// Hangs up everything; no handler is called any more.
  void stop();

  // From the wires:
  void connected(wire_id which, instant now);
  void received(wire_id which, std::string_view bytes, instant now);
  void lost(wire_id which, error_code why, instant now);

  /// `then` is called once and never before this returns, with the answer, `errc::refused_call`
  /// (`last_refusal` says more), `errc::timed_out` or `errc::connection_lost`. Without it:
  /// `errc::not_connected`, `errc::too_many_calls`.
  [[nodiscard]] result<void> call(request what, repeat may, instant now, answer_handler then);

  bool ready() const { return home_ready_; }
  /// How long the member that has been quiet for longest has said nothing; 0 without connections.
  milliseconds quiet(instant now) const;
  const cluster_view& view() const { return view_; }
  const error_answer& last_refusal() const { return refusal_; }
  const client_figures& figures() const { return figures_; }
  std::size_t connections() const;

 private:
  enum class stage : std::uint8_t { dialing, authenticating, ready };
  struct wire {
    address at;
    instant began;
    instant heard;
    instant pinged;
    stage is = stage::dialing;
    uuid member = {};
    message_splitter in = message_splitter();
  };

  void watch_wires(instant now);
  void drop(wire_id which, error_code why, instant now);
  void forget(wire_id which, error_code why, instant now);
  void authenticated(wire_id which, const authentication_answer& as, instant now);
  error_code objection(wire_id which, const authentication_answer& as) const;
  void make_home(wire_id which, instant now);
  void register_at_home(instant now);
  void registered(wire_id which, error_code failed, instant now);
  void settle(instant now);

  void receive(wire_id which, message what, instant now);
  void hear(message what, instant now);
  void hear_members(message what, instant now);

  void answer(pending_call to, message with, instant now);
  void make_again(pending_call what, instant after, instant now);
  void send(pending_call what, instant now);
  std::int64_t send_bound(wire_id on, const request& what, milliseconds within, instant now,
                          answer_handler then);
  wire_id route(std::int32_t partition) const;

  const client_options options_;
  wires& out_;
  client_listener& hearer_;
  dialer dialer_;
  cluster_view view_;
  call_table calls_;
  std::map<wire_id, wire> wires_;
  wire_id last_wire_ = 0;
  wire_id home_ = 0;  // where we listen; 0 for nowhere
  bool home_ready_ = false;
  unsigned unanswered_registrations_ = 0;
  std::vector<std::int64_t> registrations_;  // at home, correlation ids: the view's, then each map's
  error_answer refusal_;
  client_figures figures_;
  instant ticked_{};
};

}  // namespace blotter::hazelcast
