#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>

namespace blotter::net {

/// Watches any number of sockets of one core at no cost but the kernel's: one edge-triggered epoll set that
/// the loop sees as a single descriptor. Asio's own sockets cost a descriptor state and an operation each,
/// which for a hundred thousand idle viewers is most of their memory.
class edge_poller {
 public:
  class client {
   public:
    /// `tag` became readable, writable or hung up (`events` as of epoll_wait) since it was last said. May
    /// watch and close sockets; an event of one closed meanwhile can still come, so tags are to be checked.
    virtual void ready(std::uint64_t tag, std::uint32_t events) = 0;

   protected:
    ~client() = default;
  };

  /// `told` outlives this. Runs as long as `loop` does.
  edge_poller(boost::asio::io_context& loop, client& told);

  /// Reports `fd` (non-blocking) under `tag` until it is closed. False when the kernel will not watch any
  /// more.
  [[nodiscard]] bool watch(int fd, std::uint64_t tag);

 private:
  void wait();
  void take();

  client& told_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> set_;
};

}  // namespace blotter::net
