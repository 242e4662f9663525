#include "net/edge_poller.hpp"

#include <sys/epoll.h>

#include <array>

#include "base/check.hpp"
#include "base/result.hpp"

namespace blotter::net {
namespace {

/// Events taken before the loop serves others.
constexpr int turn_events_max = 256;

}  // namespace

edge_poller::edge_poller(boost::asio::io_context& loop, client& told)
    : told_(told), set_(loop.get_executor()) {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0)
    throw boost::system::system_error(error_code(errno, boost::system::system_category()), "epoll");
  set_.assign(set);
  wait();
}

bool edge_poller::watch(int fd, std::uint64_t tag) {
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  wanted.data.u64 = tag;
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, fd, &wanted) == 0;
}

void edge_poller::wait() {
  set_.async_wait(set_.wait_read, [this](error_code failed) {
    if (!failed) take();
  });
}

void edge_poller::take() {
  std::array<epoll_event, turn_events_max> events;
  const int count = ::epoll_wait(set_.native_handle(), events.data(), turn_events_max, 0);
  for (int i = 0; i < count; ++i)
    told_.ready(events[static_cast<std::size_t>(i)].data.u64, events[static_cast<std::size_t>(i)].events);
  wait();  // Asio arms the descriptor anew: what is left over is reported at once
}

}  // namespace blotter::net
