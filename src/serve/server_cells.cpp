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
      heads_too_long_(all.add_counter({"blotter_http_heads_too_long_total",
                                       "Requests refused for more header lines than --header-max."})),
      urls_too_long_(all.add_counter(
          {"blotter_http_urls_too_long_total", "Requests refused for a longer URL than --url-max."})),
      timed_out_(all.add_counter({"blotter_http_timeouts_total", "Connections that took too long."})),
      heads_too_late_(
          all.add_counter({"blotter_http_heads_too_late_total",
                           "Connections on which no request was whole within --header-timeout."})),
      idled_(all.add_counter({"blotter_http_idle_total",
                              "Connections that were ended after --idle-timeout without a request."})),
      overloaded_(all.add_counter(
          {"blotter_http_overloaded_total", "Requests told to come back, for there were too many."})),
      hurried_(
          all.add_counter({"blotter_http_hurried_total",
                           "Requests told to come back, for their address opens connections too fast."})),
      crowded_(all.add_counter({"blotter_http_crowded_total",
                                "Requests told to come back, for their address has too many connections."})),
      starved_(all.add_counter(
          {"blotter_http_starved_total", "Times that no file descriptor was left to accept with."})) {}

void server_cells::publish(const http::server_figures& now) {
  set(accepted_, now.accepted);
  set(requests_, now.requests);
  set(refused_, now.refused);
  set(heads_too_long_, now.heads_too_long);
  set(urls_too_long_, now.urls_too_long);
  set(timed_out_, now.timed_out);
  set(heads_too_late_, now.heads_too_late);
  set(idled_, now.idled);
  set(overloaded_, now.overloaded);
  set(hurried_, now.hurried);
  set(crowded_, now.crowded);
  set(starved_, now.starved);
}

}  // namespace blotter::serve
