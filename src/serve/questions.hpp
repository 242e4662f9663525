#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.hpp"
#include "http/responder.hpp"
#include "metrics/registry.hpp"
#include "serve/kept_answers.hpp"
#include "serve/requests.hpp"
#include "serve/router_core.hpp"

namespace blotter::serve {

/// Answers what is no one client's: lists of clients, the cluster, health, readiness, metrics. Shared by all
/// cores, on whichever of them the request came; what the router knows is asked of its core.
class questions {
 public:
  /// The cluster as JSON, with more of its fields, each after a comma. Called on the router's core.
  using cluster_text = std::function<std::string(std::string_view more)>;

  /// What this process waits for besides its feed, for `readyz`; empty for nothing. Called on the router's
  /// core.
  using also_awaited = std::function<std::string()>;

  /// All outlive this.
  questions(router_core& router, cluster_text cluster, also_awaited also, const metrics::registry& cells);

  void serve(kept_answers& on, const http::request& asked, http::responder answer);

 private:
  void ask_router(kept_answers& on, http::responder answer, std::function<http::response(router_core&)> what);
  http::response cluster(const router_core& router) const;

  router_core& router_;
  const cluster_text cluster_;
  const also_awaited also_;
  const metrics::registry& cells_;
};

/// What every process answers alike, and at once: health, metrics, the icon. None for all else.
std::optional<http::response> answer_of_any(asked_for what, const metrics::registry& cells);

}  // namespace blotter::serve
