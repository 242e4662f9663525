#include "net/link_listener.hpp"

#include <unistd.h>

namespace blotter::net {

namespace {

/// The kernel grows a link's buffers as it needs: what is sent is bounded by the window anyway.
listen_options options_at(const endpoint& at) {
  listen_options options;
  options.at = at;
  options.send_buffer_size = 0;
  return options;
}

}  // namespace

link_listener::link_listener(link_beginner& links, const endpoint& at, const char* setting)
    : links_(links),
      options_(options_at(at)),
      accept_(links.loop(), open_listening_sockets(options_, 1, setting).front(),
              [this](int fd, const endpoint& peer) { return take(fd, peer); }) {}

accept_more link_listener::take(int fd, const endpoint& peer) {
  link_socket socket(links_.loop().get_executor());
  error_code failed;
  const auto protocol = peer.family() == AF_INET6 ? boost::asio::ip::tcp::v6() : boost::asio::ip::tcp::v4();
  socket.assign(protocol, fd, failed);
  if (failed) {
    ::close(fd);
    return accept_more::yes;
  }
  (void)links_.add(std::move(socket),
                   {.end = calling::no, .peer = peer.to_string(), .member = {}, .then = {}});
  return accept_more::yes;
}

}  // namespace blotter::net
