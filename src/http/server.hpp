#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/event_connection.hpp"
#include "http/routes.hpp"
#include "http/service.hpp"
#include "http/session_home.hpp"
#include "http/static_files.hpp"
#include "net/core.hpp"
#include "net/listener.hpp"
#include "net/network.hpp"

namespace blotter::http {

struct server_options {
  net::listen_options listen;
  session_limits limits;
  /// Connections of the process, viewers included. Those over it are read only to be told to come back later;
  /// when `overload_room` of them are at that, accepting pauses. 0: what the limit of file descriptors
  /// leaves.
  std::size_t connections_max = 0;
  std::size_t overload_room = 512;
  /// New connections a second from one address, or one network of IPv6 (see `address_rates`); those over it
  /// are read only to be told to come back later. 0: no bound.
  double address_rate_max = 0;
  /// Whose connections are not counted by their address: proxies, through which many come.
  std::vector<net::network> proxies;
  /// Origins whose pages may read our answers; "*" for all. See `cors`.
  std::vector<std::string> origins;
  /// Connections on their way to a core; further ones are told to come back later.
  std::size_t handover_max = 4096;
  /// The flag that a sentence about a taken port names.
  const char* listen_setting = "--http";
  /// Of the chance in delays that are told to browsers.
  std::uint64_t seed = 1;
};

/// Sums over all cores, for metrics.
struct server_figures {
  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;
  std::uint64_t heads_too_long = 0;  ///< of those refused
  std::uint64_t urls_too_long = 0;   ///< the same
  std::uint64_t timed_out = 0;
  std::uint64_t heads_too_late = 0;  ///< of those timed out
  std::uint64_t idled = 0;           ///< the same
  std::uint64_t overloaded = 0;
  std::uint64_t hurried = 0;  ///< told that their address opens connections too fast
  std::uint64_t crowded = 0;  ///< told that their address has too many connections
  std::uint64_t handed_over = 0;
  std::uint64_t starved = 0;  ///< times that accepting paused for lack of file descriptors or memory
  std::size_t sessions = 0;   ///< now, without the viewers
  std::size_t viewers = 0;    ///< now
};

/// The HTTP server of a process, over all its cores: accepts on each, reads a request's head where it was
/// accepted, and serves it on the core that the application names. In order: make it, `plug` each core, start
/// the cores, `listen`; at the end `drain`, end the streams, stop the cores, destroy it (before the cores).
class server {
 public:
  /// `files` may be null. Both outlive this.
  server(net::core_set& cores, server_options options, routes paths, const static_files* files);
  ~server();

  /// What serves and who sends events on a core; both outlive the loop. Before the cores start.
  void plug(unsigned core, service& app, event_connection_owner& owner);
  /// The streams of a core, for its owner to send with. To be used on that core.
  event_connections& streams(unsigned core);

  /// Begins to accept. Gives where; throws std::runtime_error with a sentence for people when the port cannot
  /// be had. Once; from the thread that made this.
  net::endpoint listen();

  /// Any thread: accepts no more, ends idle connections now and busy ones after their answer. Event streams
  /// go on: they are their owners' to end.
  void drain();

  /// Any thread.
  server_figures figures() const;

 private:
  class home;

  net::core_set& cores_;
  server_options options_;
  site site_;
  std::vector<std::unique_ptr<home>> homes_;
};

}  // namespace blotter::http
