#include "serve/autoscaler_text.hpp"

#include <cstdio>

#include "serve/member_json.hpp"

namespace blotter::serve {

namespace {

void append_real(std::string& json, const char* name, double value) {
  char text[96];
  std::snprintf(text, sizeof text, "%s\"%s\":%.4g", json.back() == '{' ? "" : ",", name, value);
  json += text;
}

void append_decision(std::string& json, const char* name, const scale::decision& made) {
  json.append(json.back() == '{' ? "\"" : ",\"").append(name).append("\":{");
  append_field(json, "number", made.number);
  append_field(json, "at", static_cast<std::uint64_t>(made.at.time_since_epoch().count()));
  append_field(json, "what", to_text(made.what));
  append_field(json, "cause", to_text(made.why));
  append_field(json, "wanted", made.ordered.wanted);
  append_field(json, "unbounded", made.unbounded);
  append_field(json, "serving", made.serving);
  append_field(json, "awaited", made.awaited);
  append_field(json, "leaving", made.leaving);
  if (made.ordered.drained) append_field(json, "drains", made.ordered.drained->text());
  append_real(json, "load", made.load);
  append_real(json, "expected_load", made.expected_load);
  append_field(json, "reason", made.reason);
  json.push_back('}');
}

void append_account(std::string& json, const scale::account& all, double cost) {
  constexpr double hour = 3'600;
  json.append(",\"used\":{");
  append_real(json, "hours", all.seconds() / hour);
  append_real(json, "node_hours", all.node_seconds() / hour);
  append_real(json, "foresight_node_hours", all.foresight_node_seconds() / hour);
  append_real(json, "over_foresight", all.over_foresight());
  append_real(json, "missing", all.missing());
  append_real(json, "beyond", all.beyond());
  append_real(json, "time_missing", all.time_missing());
  append_real(json, "time_beyond", all.time_beyond());
  append_field(json, "direction_changes", all.direction_changes());
  if (cost > 0) append_real(json, "cost", cost * all.node_seconds() / hour);
  json.push_back('}');
}

const char* name_of(scale::actuator::standing::phase which) {
  using phase = scale::actuator::standing::phase;
  return which == phase::idle ? "idle" : which == phase::working ? "working" : "failing";
}

}  // namespace

std::string autoscaler_text(const scale::autoscaler& now, const scale::decision& last_change,
                            const scale::actuator::standing& actuator) {
  std::string json = ",\"autoscaler\":{";
  append_field(json, "min", now.settings().nodes_min);
  append_field(json, "max", nodes_ceiling(now.settings()));
  if (now.last().number > 0) append_decision(json, "last", now.last());
  if (last_change.number > 0) append_decision(json, "last_change", last_change);
  append_account(json, now.accounts(), now.settings().cost_per_node_hour);
  append_field(json, "given_up", now.given_up());
  json.append(",\"actuator\":{");
  append_field(json, "state", std::string_view(name_of(actuator.is)));
  if (!actuator.text.empty()) append_field(json, "text", actuator.text);
  append_field(json, "failures", actuator.failures);
  append_field(json, "orders", actuator.carried_out);
  return json.append("}}");
}

}  // namespace blotter::serve
