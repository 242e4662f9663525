#include "serve/questions.hpp"

#include <utility>

#include "base/json_text.hpp"
#include "http/problem.hpp"
#include "http/response.hpp"
#include "prometheus/exporter.hpp"
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

void append_field(std::string& json, std::string_view name, std::string_view text) {
  json.append(json.back() == '{' ? "\"" : ",\"").append(name).append("\":");
  append_json_string(json, text);
}

void append_field(std::string& json, std::string_view name, std::uint64_t number) {
  json.append(json.back() == '{' ? "\"" : ",\"").append(name).append("\":");
  sse::append_number(json, static_cast<std::int64_t>(number));
}

/// What the feed is waited for, for `readyz`; empty when everything is loaded.
std::string waiting_for(const router::router_state& state) {
  if (state.partitions > 0 && state.partitions_caught_up == state.partitions) return {};
  if (!state.load.waiting_for.empty()) return "waiting: " + state.load.waiting_for;
  if (state.phase == phase::lost) return "the feed is lost: " + state.text;
  if (state.partitions == 0) return "waiting for the feed";
  return "loading: " + std::to_string(state.partitions_caught_up) + " of " +
         std::to_string(state.partitions) + " partitions, " + std::to_string(state.load.records) +
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

/// Browsers ask for this name beside whatever of ours they show that is no page, and complain of a 404.
http::response icon_elsewhere() {
  return {308, {}, {{"Location", "/favicon.svg"}, {"Cache-Control", "max-age=86400"}}, {}};
}

http::response ready(const router_core& router) {
  const std::string reason = waiting_for(router.state().state());
  if (reason.empty()) return http::text("ready\n");
  return http::to_response(http::problem(503, reason, {{"Retry-After", "1"}}));
}

void append_member(std::string& json, const directory::member& one) {
  json.push_back('{');
  append_field(json, "id", one.id.text());
  append_field(json, "address", one.address);
  append_field(json, "stage", directory::to_text(one.stage));
  json.append(",\"roles\":[");
  for (const directory::role each : one.roles) {
    if (json.back() != '[') json.push_back(',');
    append_json_string(json, directory::to_text(each));
  }
  json.push_back(']');
  append_field(json, "started", static_cast<std::uint64_t>(one.started.time_since_epoch().count()));
  append_field(json, "report", one.load.number);
  append_field(json, "viewers", one.load.viewers);
  append_field(json, "rows_per_second", static_cast<std::uint64_t>(one.load.rows_per_second));
  append_field(json, "busy_percent", static_cast<std::uint64_t>(one.load.busy * 100));
  append_field(json, "memory_bytes", one.load.memory);
  json.push_back('}');
}

}  // namespace

questions::questions(router_core& router, const membership& members, const metrics::registry& cells)
    : router_(router), members_(members), cells_(cells) {}

void questions::serve(node_core& on, const http::request& asked, http::responder answer) {
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
  switch (what) {
    case asked_for::healthz:
      return answer.send(http::text("ok\n"));
    case asked_for::metrics: {
      http::response all = http::text(prometheus::to_text(cells_));
      all.content_type = prometheus::content_type;
      return answer.send(std::move(all));
    }
    case asked_for::readyz:
      return ask_router(on, std::move(answer), [](router_core& router) { return ready(router); });
    case asked_for::cluster:
      return ask_router(on, std::move(answer), [this](router_core& router) { return cluster(router); });
    case asked_for::favicon:
      return answer.send(icon_elsewhere());
    default:
      return answer.send(http::problem(404, "there is nothing here"));
  }
}

void questions::ask_router(node_core& on, http::responder answer,
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
  std::string json = "{\"members\":[";
  for (const directory::member& each : members_.members()) {
    if (json.back() != '[') json.push_back(',');
    append_member(json, each);
  }
  json.append("],\"feed\":{");
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
  json.append("]},\"placements\":[]}\n");
  return http::json(std::move(json));
}

}  // namespace blotter::serve
