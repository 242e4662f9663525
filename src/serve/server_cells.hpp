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
  metrics::counter &accepted_, &requests_, &refused_, &heads_too_long_, &urls_too_long_, &timed_out_,
      &heads_too_late_, &idled_, &overloaded_, &hurried_, &crowded_, &starved_;
};

}  // namespace blotter::serve
