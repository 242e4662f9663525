#include "serve/server_cells.hpp"

namespace blotter::serve {

namespace {

void set(metrics::counter& cell, std::uint64_t now) {
  cell.add(now - cell.value());
}

}  // namespace

server_cells::server_cells(metrics::registry& all)
    : accepted_(all.add_counter({"blotter_http_connections_total", "Connections that were accepted."})),
      requests_(all.add_counter({"blotter_http_requests_total", "Requests that were read."})),
      refused_(
          all.add_counter({"blotter_http_requests_refused_total", "Requests that were none, or too long."})),
      timed_out_(all.add_counter({"blotter_http_timeouts_total", "Connections that took too long."})),
      overloaded_(all.add_counter(
          {"blotter_http_overloaded_total", "Requests told to come back, for there were too many."})),
      hurried_(
          all.add_counter({"blotter_http_hurried_total",
                           "Requests told to come back, for their address opens connections too fast."})),
      starved_(all.add_counter(
          {"blotter_http_starved_total", "Times that no file descriptor was left to accept with."})) {}

void server_cells::publish(const http::server_figures& now) {
  set(accepted_, now.accepted);
  set(requests_, now.requests);
  set(refused_, now.refused);
  set(timed_out_, now.timed_out);
  set(overloaded_, now.overloaded);
  set(hurried_, now.hurried);
  set(starved_, now.starved);
}

}  // namespace blotter::serve
