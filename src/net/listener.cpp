#include "net/listener.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include "base/check.hpp"
#include "base/result.hpp"

namespace blotter::net {
namespace {

/// Connections accepted before the loop serves others.
constexpr int batch_max = 64;
constexpr int notsent_size_max = 16 * 1024;
constexpr int dead_peer_ms = 30'000;

void set(int fd, int level, int name, int value) {
  check(::setsockopt(fd, level, name, &value, sizeof(value)) == 0);
}

[[noreturn]] void refuse(const endpoint& at, int error, const char* setting) {
  std::string why;
  switch (error) {
    case EADDRINUSE:
      why = " is taken by another program";
      break;
    case EACCES:
      why = " needs rights that this program does not have";
      break;
    case EADDRNOTAVAIL:
      why = " is not an address of this machine";
      break;
    default:
      why = std::string(": ") + std::strerror(error);
  }
  throw std::runtime_error(at.to_string() + why + "; choose another with " + setting);
}

/// Everything is set on the listening socket, because accepted ones inherit it: no system call a connection.
int open_socket(const listen_options& options) {
  const int fd = ::socket(options.at.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fd;
  set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (options.send_buffer_size > 0) set(fd, SOL_SOCKET, SO_SNDBUF, options.send_buffer_size);
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, notsent_size_max);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, dead_peer_ms);
  if (options.at.family() == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  return fd;
}

bool out_of_resources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

std::vector<int> open_listening_sockets(listen_options& options, unsigned count, const char* setting) {
  std::vector<int> sockets;
  for (unsigned i = 0; i < count; ++i) {
    const int fd = open_socket(options);
    if (fd >= 0) sockets.push_back(fd);
    // The first one claims the port without SO_REUSEPORT, or a second program of the same user could join in
    // and take half of our viewers; only then is it opened to our own others.
    if (fd >= 0 && i > 0) set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    const bool bound = fd >= 0 && ::bind(fd, options.at.data(), options.at.size()) == 0;
    if (bound && i == 0) set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (!bound || ::listen(fd, options.backlog) != 0) {
      const int error = errno;
      for (const int each : sockets) ::close(each);
      refuse(options.at, error, setting);
    }
    sockaddr_storage found{};
    socklen_t size = sizeof(found);
    check(::getsockname(fd, reinterpret_cast<sockaddr*>(&found), &size) == 0);
    options.at = endpoint(found);
  }
  return sockets;
}

listener::listener(boost::asio::io_context& loop, int listening_fd, taker take)
    : socket_(loop.get_executor(), listening_fd), take_(std::move(take)) {}

void listener::resume() {
  if (state_ != state::paused) return;
  state_ = state::waiting;
  socket_.async_wait(socket_.wait_read, [this](error_code failed) {
    if (failed || state_ == state::closed) return;
    state_ = state::paused;
    accept_batch();
  });
}

void listener::accept_batch() {
  for (int i = 0; i < batch_max; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof(from);
    const int fd = ::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&from), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      if (take_(fd, endpoint(from)) == accept_more::no || state_ == state::closed) return;
      continue;
    }
    if (out_of_resources(errno)) {
      ++starved_;
      return;  // stays paused: the connection waits in the backlog until a tick finds a descriptor free
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    // All else (ECONNABORTED, EPERM, network errors of the new connection) concerns that connection alone.
  }
  resume();
}

void listener::close() {
  state_ = state::closed;
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace blotter::net
