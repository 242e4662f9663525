#include "serve/questions.hpp"

#include <utility>

#include "base/json_text.hpp"
#include "http/problem.hpp"
#include "http/response.hpp"
#include "prometheus/exporter.hpp"
#include "serve/member_json.hpp"
#include "serve/requests.hpp"
#include "sse/events.hpp"

namespace blotter::serve {

namespace {

using phase = router::router_state::feed_phase;

std::string_view name_of(phase which) {
  switch (which) {
    case phase::waiting:
      return "waiting";
    case phase::loading:
      return "loading";
    case phase::current:
      return "current";
    case phase::lost:
      return "lost";
  }
  return "";
}

/// What the feed is waited for, for `readyz`; empty when everything is loaded.
std::string waiting_for(const router::router_state& state) {
  if (state.partitions > 0 && state.partitions_caught_up == state.partitions_held &&
      (state.partitions_held > 0 || state.partitions_refused == 0))
    return {};
  if (!state.load.waiting_for.empty()) return "waiting: " + state.load.waiting_for;
  if (state.phase == phase::lost) return "the feed is lost: " + state.text;
  if (state.partitions == 0) return "waiting for the feed";
  return "loading: " + std::to_string(state.partitions_caught_up) + " of " +
         std::to_string(state.partitions_held) + " partitions, " + std::to_string(state.load.records) +
         " records so far";
}

http::response clients_page(router_core& router, const std::string& prefix, const std::string& after,
                            std::size_t limit) {
  const router::client_page page = router.clients(prefix, after, limit);
  std::string json = "{\"clients\":[";
  for (const std::string_view client : page.clients) {
    if (json.back() != '[') json.push_back(',');
    append_json_string(json, client);
  }
  json.append(page.more ? "],\"more\":true}\n" : "],\"more\":false}\n");
  return http::json(std::move(json));
}

http::response ready(const router_core& router, std::string also) {
  const std::string reason = also.empty() ? waiting_for(router.state().state()) : std::move(also);
  if (reason.empty()) return http::text("ready\n");
  return http::to_response(http::problem(503, reason, {{"Retry-After", "1"}}));
}

}  // namespace

/// Browsers ask for this name beside whatever of ours they show that is no page, and complain of a 404.
static http::response icon_elsewhere() {
  return {308, {}, {{"Location", "/favicon.svg"}, {"Cache-Control", "max-age=86400"}}, {}};
}

std::optional<http::response> answer_of_any(asked_for what, const metrics::registry& cells) {
  switch (what) {
    case asked_for::healthz:
      return http::text("ok\n");
    case asked_for::favicon:
      return icon_elsewhere();
    case asked_for::metrics: {
      http::response all = http::text(prometheus::to_text(cells));
      all.content_type = prometheus::content_type;
      return all;
    }
    default:
      return std::nullopt;
  }
}

questions::questions(router_core& router, cluster_text cluster, also_awaited also,
                     const metrics::registry& cells)
    : router_(router), cluster_(std::move(cluster)), also_(std::move(also)), cells_(cells) {}

void questions::serve(kept_answers& on, const http::request& asked, http::responder answer) {
  const auto what = static_cast<asked_for>(asked.route);
  if (what == asked_for::clients) {
    const auto wanted = http::read_clients_query(asked);
    if (!wanted) return answer.send(wanted.error());
    return ask_router(
        on, std::move(answer),
        [prefix = std::string(wanted->prefix), after = std::string(wanted->after),
         limit = wanted->limit](router_core& router) { return clients_page(router, prefix, after, limit); });
  }
  const auto unknown = asked.parameters.only({});
  if (!unknown) return answer.send(unknown.error());
  if (auto known = answer_of_any(what, cells_)) return answer.send(std::move(*known));
  if (what == asked_for::readyz)
    return ask_router(on, std::move(answer), [this](router_core& router) { return ready(router, also_()); });
  ask_router(on, std::move(answer), [this](router_core& router) { return cluster(router); });
}

void questions::ask_router(kept_answers& on, http::responder answer,
                           std::function<http::response(router_core&)> what) {
  const std::uint64_t request = on.keep(std::move(answer));
  const bool asked = router_.ask([&on, request, what = std::move(what)](router_core& router) {
    on.core().post([&on, request, found = what(router)]() mutable { on.answer(request, std::move(found)); });
  });
  if (!asked)
    on.answer(request,
              http::to_response(http::problem(503, "too many questions at once", {{"Retry-After", "1"}})));
}

http::response questions::cluster(const router_core& router) const {
  const router::router_state& state = router.state().state();
  const table::table_set& tables = router.state().tables();
  std::string json = ",\"feed\":{";
  append_field(json, "state", name_of(state.phase));
  if (!state.text.empty()) append_field(json, "text", state.text);
  if (!state.load.waiting_for.empty()) append_field(json, "waiting_for", state.load.waiting_for);
  char generation[17];
  std::snprintf(generation, sizeof generation, "%016llx", static_cast<unsigned long long>(state.feed));
  append_field(json, "generation", generation);
  append_field(json, "clients", tables.tables());
  append_field(json, "rows", tables.rows());
  append_field(json, "deletes_remembered", tables.tombstones());
  append_field(json, "partitions_caught_up", state.partitions_caught_up);
  json.append(",\"partitions\":[");
  for (table::partition_id p = 0; p < state.partitions; ++p) {
    json.append(p > 0 ? ",{" : "{");
    append_field(json, "partition", p);
    append_field(json, "next", static_cast<std::uint64_t>(tables.complete(p)));
    append_field(json, "horizon", static_cast<std::uint64_t>(tables.horizon(p)));
    json.push_back('}');
  }
  return http::json(cluster_(json.append("]},\"placements\":[]")));
}

}  // namespace blotter::serve
