#pragma once

#include <string>

#include "http/request.hpp"
#include "http/responder.hpp"
#include "metrics/registry.hpp"
#include "serve/kept_answers.hpp"
#include "serve/membership.hpp"
#include "serve/router_core.hpp"

namespace blotter::serve {

/// Answers what is no one client's: lists of clients, the cluster, health, readiness, metrics. Shared by all
/// cores, on whichever of them the request came; what the router knows is asked of its core.
class questions {
 public:
  /// All outlive this; `members` is only looked at on the router's core.
  questions(router_core& router, const membership& members, const metrics::registry& cells);

  void serve(kept_answers& on, const http::request& asked, http::responder answer);

 private:
  void ask_router(kept_answers& on, http::responder answer, std::function<http::response(router_core&)> what);
  http::response cluster(const router_core& router) const;

  router_core& router_;
  const membership& members_;
  const metrics::registry& cells_;
};

}  // namespace blotter::serve
