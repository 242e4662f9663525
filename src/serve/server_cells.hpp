#pragma once

#include "http/server.hpp"
#include "metrics/registry.hpp"

namespace blotter::serve {

/// An HTTP server's figures, of all its cores, as metrics. Written by one thread.
class server_cells {
 public:
  explicit server_cells(metrics::registry& all);
  void publish(const http::server_figures& now);

 private:
  metrics::counter &accepted_, &requests_, &refused_, &timed_out_, &overloaded_, &hurried_, &starved_;
};

}  // namespace blotter::serve
