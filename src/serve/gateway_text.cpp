#include "serve/gateway_text.hpp"

#include <algorithm>
#include <map>

#include "serve/member_json.hpp"

namespace blotter::serve {

namespace {

void append_flag(std::string& json, std::string_view name, bool is) {
  json.append(",\"").append(name).append(is ? "\":true" : "\":false");
}

/// One node as all cores find it together: suspect to one is suspect.
void add(gateway::node_view& to, const gateway::node_view& more) {
  to.links += more.links;
  to.cores = std::max(to.cores, more.cores);
  to.streams += more.streams;
  to.suspect = to.suspect || more.suspect;
  to.held = to.held || more.held;
  to.gray = to.gray || more.gray;
  to.echo = std::max(to.echo, more.echo);
}

}  // namespace

std::string gateway_text(std::span<const gateway_finding> cores) {
  std::size_t viewers = 0;
  std::array<std::uint64_t, gateway::cause_count> ways{};
  gateway::gateway_counters all;
  std::map<directory::member_id, gateway::node_view> nodes;
  for (const gateway_finding& each : cores) {
    viewers += each.viewers;
    for (std::size_t i = 0; i < ways.size(); ++i) ways[i] += each.counters.reroutes[i];
    all.proposals += each.counters.proposals;
    all.proposals_lost += each.counters.proposals_lost;
    all.proposals_replacing += each.counters.proposals_replacing;
    all.proposals_dropped += each.counters.proposals_dropped;
    all.proposals_failed += each.counters.proposals_failed;
    for (const auto& node : each.nodes) {
      const auto [known, is_new] = nodes.try_emplace(node.id, node);
      if (!is_new) add(known->second, node);
    }
  }
  std::string json = ",\"gateway\":{";
  append_field(json, "viewers", viewers);
  json.append(",\"reroutes\":{");
  for (std::size_t i = 0; i < ways.size(); ++i)
    append_field(json, gateway::name(static_cast<gateway::cause>(i)), ways[i]);
  json.append("},\"proposals\":{");
  append_field(json, "made", all.proposals);
  append_field(json, "lost", all.proposals_lost);
  append_field(json, "replacing", all.proposals_replacing);
  append_field(json, "dropped", all.proposals_dropped);
  append_field(json, "failed", all.proposals_failed);
  json.append("},\"nodes\":[");
  for (const auto& [id, node] : nodes) {
    json.append(json.back() == '[' ? "{" : ",{");
    append_field(json, "id", id.text());
    append_field(json, "links", node.links);
    // Each core of ours to each of its own, also of those of ours that have not found it yet.
    append_field(json, "links_wanted", node.cores * cores.size());
    append_field(json, "streams", node.streams);
    append_flag(json, "suspect", node.suspect);
    append_flag(json, "held", node.held);
    append_flag(json, "gray", node.gray);
    append_field(json, "echo_ms", static_cast<std::uint64_t>(node.echo.count()));
    json.push_back('}');
  }
  return json.append("]}");
}

}  // namespace blotter::serve
