#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/random.hpp"
#include "base/time.hpp"
#include "http/address_seats.hpp"
#include "http/cors.hpp"
#include "http/event_connection.hpp"
#include "http/request.hpp"
#include "http/routes.hpp"
#include "http/service.hpp"
#include "http/static_files.hpp"

namespace blotter::http {

class session;

/// Limits of a server's connections; all times are kept to within 100 ms.
struct session_limits {
  /// Bytes of request line and header lines. Room for the longest bookmark and a browser's cookies.
  std::size_t head_size_max = 16 * 1024;
  /// Bytes of the path with its query; 414 beyond. Room for a client id and the longest bookmark.
  std::size_t url_size_max = 8 * 1024;
  /// From the first byte of a request, or from the connection's beginning, until its head is whole; 408 then.
  milliseconds head_time{10'000};
  /// The same for connections over the limit, which are only told so.
  milliseconds head_time_overloaded{2'000};
  /// How long a connection is kept for a next request.
  milliseconds idle_time{60'000};
  /// How long the application may take; 503 then.
  milliseconds answer_time{30'000};
  /// How long the asker may take to read an answer.
  milliseconds write_time{30'000};
  /// Event streams of the whole process; one more is told to come back later. 0: none at all.
  std::size_t viewers_max = 100'000;
  /// Connections that each address may have, viewers included; see `address_seats`. One more is told so. 0:
  /// as many as it likes.
  std::size_t connections_per_address_max = 0;
};

/// What all cores share. Immutable, but for the counts.
struct site {
  /// `seed` is that of `address_seats`.
  site(session_limits given_limits, routes given_paths, cors given_origins, const static_files* given_files,
       std::uint64_t seed = 0)
      : limits(given_limits),
        paths(std::move(given_paths)),
        origins(std::move(given_origins)),
        files(given_files),
        addresses(limits.connections_per_address_max, seed) {}

  const session_limits limits;
  const routes paths;
  const cors origins;
  const static_files* const files;  ///< may be null
  address_seats addresses;
  std::atomic<std::size_t> sessions{0};
  std::atomic<std::size_t> viewers{0};
  std::atomic<bool> draining{false};
};

/// What happened on a core, for metrics. Written by its core, read by any.
struct session_figures {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> refused{0};  ///< heads that were malformed, too long, of an unknown method
  std::atomic<std::uint64_t> heads_too_long{0};  ///< of those refused
  std::atomic<std::uint64_t> urls_too_long{0};   ///< the same
  std::atomic<std::uint64_t> timed_out{0};
  std::atomic<std::uint64_t> heads_too_late{0};  ///< of those timed out
  std::atomic<std::uint64_t> idled{0};           ///< the same: nothing more was asked
  std::atomic<std::uint64_t> overloaded{0};      ///< told to come back later
  std::atomic<std::uint64_t> hurried{0};         ///< the same, for their address opens connections too fast
  std::atomic<std::uint64_t> crowded{0};         ///< the same, for their address has too many connections
  std::atomic<std::uint64_t> handed_over{0};     ///< to another core
};

/// A place among the sessions of the process; given back when it goes.
class seat {
 public:
  seat() = default;
  explicit seat(std::atomic<std::size_t>& taken) : taken_(&taken) {
    taken.fetch_add(1, std::memory_order_relaxed);
  }
  seat(seat&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
  seat& operator=(seat&& other) noexcept {
    std::swap(taken_, other.taken_);
    return *this;
  }
  ~seat() {
    if (taken_) taken_->fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::size_t>* taken_ = nullptr;
};

enum class admission : std::uint8_t {
  normal,
  overloaded,  ///< over the limit of connections: the first request is read, only to be told to come back
               ///< later
  hurried,     ///< over the rate of its address: the same
  crowded,     ///< over the connections that its address may have: the same
};

/// A connection on its way to the core that shall serve it.
struct handover {
  net::endpoint peer;
  seat taken;
  admission admitted = admission::normal;
  bool has_request = false;  ///< false: a connection that has just begun
  request asked;
  std::string unread;  ///< what came behind the request
  address_seat address;
};

/// What the sessions of one core have in common.
class session_home {
 public:
  /// `index`: of the core. All outlive this; `streams` may be null where there are none (tests).
  session_home(unsigned index, site& shared, event_connections* streams, std::uint64_t seed);
  virtual ~session_home();

  unsigned index() const { return index_; }
  site& shared() { return shared_; }
  event_connections* streams() { return streams_; }
  service* app = nullptr;
  session_figures figures;

  /// Gives a connection to another core. False when that core cannot take it: `what` and the socket are then
  /// still the caller's.
  virtual bool hand_over(unsigned core, int fd, handover& what) = 0;

  /// The time of the last sweep: near enough for limits of seconds, and free.
  instant now() const { return now_; }
  /// Ends what took too long; `date` is what answers say (RFC 9110, 6.6.1), or empty.
  void sweep(instant now, std::string date);
  std::string_view date() const { return date_; }
  std::uint64_t chance() { return random_.next(); }
  /// The head of an event stream with no more lines than every one has.
  const shared_bytes& plain_stream_head() const { return plain_stream_head_; }

  /// Ends idle sessions now and the others after their answer.
  void retire();

  void enter(session& joined) { sessions_.insert(&joined); }
  void leave(session& gone) { sessions_.erase(&gone); }
  std::size_t size() const { return sessions_.size(); }

 private:
  const unsigned index_;
  site& shared_;
  event_connections* const streams_;
  random_source random_;
  instant now_{};
  std::string date_;
  const shared_bytes plain_stream_head_;
  std::unordered_set<session*> sessions_;
};

}  // namespace blotter::http
