#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/endpoint.hpp"

namespace blotter::http {

struct fetched {
  unsigned status = 0;
  std::string body;
};

struct fetch_limits {
  milliseconds deadline{1'000};  ///< from the call to the end of the answer
  std::size_t body_size_max = 1 << 20;
};

/// One GET, over a connection of its own, by a process that goes on serving meanwhile. On the thread of
/// `loop`, on which `done` is called once, never within this call; not at all when the loop ends before.
void fetch(boost::asio::io_context& loop, const net::endpoint& at, const std::string& target,
           fetch_limits limits, std::function<void(result<fetched>)> done);

}  // namespace blotter::http
