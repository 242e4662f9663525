#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "net/core.hpp"
#include "net/endpoint.hpp"

namespace blotter::net {

struct listen_options {
  /// Where to listen; port 0 takes a free one.
  endpoint at;
  /// What the kernel may hold for each connection, in bytes (Linux books twice that). Small on purpose: what
  /// waits here is old before it arrives, and a sleeping reader would otherwise absorb 3.8 MB. 0 leaves the
  /// system's.
  int send_buffer_size = 64 * 1024;
  /// Connections that the kernel holds until we accept them.
  int backlog = 4096;
};

enum class accept_more : std::uint8_t { yes, no };

/// Accepts connections on one core, in batches. Its sockets come non-blocking and set up for streams:
/// TCP_NODELAY, TCP_NOTSENT_LOWAT 16 KiB (writable then means nearly sent), TCP_USER_TIMEOUT 30 s (a peer
/// that vanished or stands still for that long is gone).
class listener {
 public:
  /// Takes over `fd`; `accept_more::no` pauses until `resume`. On the listener's core.
  using taker = std::function<accept_more(int fd, const endpoint& peer)>;

  /// A listener on a core, for a socket that `open_listening_sockets` gave. Accepts from `start` on.
  listener(boost::asio::io_context& loop, int listening_fd, taker take);

  void start() { resume(); }
  /// Accepts again after a pause: because the taker said so, or because there were no file descriptors left.
  /// Cheap and harmless when there was none: to be called by a tick.
  void resume();
  /// Accepts no more and closes the port. Connections that the kernel holds for this core are reset.
  void close();

  /// How often there were no file descriptors or no memory left to accept with.
  std::uint64_t starved() const { return starved_; }

 private:
  enum class state : std::uint8_t { paused, waiting, closed };
  void accept_batch();

  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> socket_;
  taker take_;
  state state_ = state::paused;
  std::uint64_t starved_ = 0;
};

/// One listening socket a core on the same port, over which the kernel spreads connections (SO_REUSEPORT).
/// `at` gets the port found. Throws std::runtime_error with a sentence for people: "127.0.0.1:8080 is taken
/// by another program; choose another with --http". `setting` is the flag to name there.
std::vector<int> open_listening_sockets(listen_options& options, unsigned count, const char* setting);

}  // namespace blotter::net
