#pragma once

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/check.hpp"
#include "gateway/gateway.hpp"
#include "sse/events.hpp"

// For tests of the gateway: nodes of one core each that answer as they are told to, and viewers that keep
// what they are sent. Not for production code.

namespace blotter::gateway {

struct scripted_nodes : sink {
  explicit scripted_nodes(gateway_options options = {}) : core(options, *this) {}

  struct asked_stream {
    link_id link;
    std::string client;
    std::optional<std::string> bookmark;
    bool open = true;
    std::uint64_t taken = 0;
  };
  struct scripted_node {
    directory::member member;
    link_id link{};
    bool echoes = true;
    bool linked = false;
  };
  struct proposal {
    std::string client;
    std::string node;
    std::string instead_of;
  };
  struct seen {
    std::string text;
    bool ended = false;
    ending how{};
    std::size_t takes = ~std::size_t{0};  ///< bytes that its connection takes at once
    std::size_t kept = 0;
  };

  // Nodes.
  scripted_node& add_node(const std::string& name) {
    scripted_node& one =
        nodes.try_emplace(name, scripted_node{directory::member{directory::member_id::parse(name).value()}})
            .first->second;
    one.member.roles = {directory::role::node};
    one.member.stage = directory::stage::serving;
    one.member.link_address = name + ":9000";
    see();
    link(name);
    return one;
  }
  void link(const std::string& name) {
    scripted_node& one = nodes.at(name);
    one.link = link_id{++last_link};
    one.linked = true;
    one.echoes = true;
    core.link_up(one.link, one.member.id, 0, 1, now);
    settle();
  }
  void see() {
    std::vector<directory::member> all;
    for (auto& [name, each] : nodes) all.push_back(each.member);
    core.see(all, now);
  }
  void lose(const std::string& name) {
    nodes.at(name).linked = false;
    core.link_lost(nodes.at(name).link, now);
    for (auto& [id, each] : streams)
      if (each.link == nodes.at(name).link) each.open = false;
    settle();
  }
  /// The last open stream of a client; its newest.
  link::stream_id stream_of(const std::string& client) const {
    link::stream_id found{};
    for (const auto& [id, each] : streams)
      if (each.open && each.client == client && id > found) found = id;
    return found;
  }
  std::string node_of(link_id link) const {
    for (const auto& [name, each] : nodes)
      if (each.link == link) return name;
    return "";
  }
  std::string node_of(link::stream_id id) const {
    return id == link::stream_id{} ? "" : node_of(streams.at(id).link);
  }
  std::string node_of(const std::string& client) const { return node_of(stream_of(client)); }
  std::size_t open_on(const std::string& name) const {
    std::size_t count = 0;
    for (const auto& [id, each] : streams) count += each.open && each.link == nodes.at(name).link;
    return count;
  }

  // What a node says on a stream, as one send.
  void says(link::stream_id id, const std::string& events) {
    const link_id on = streams.at(id).link;
    const auto size = static_cast<std::uint32_t>(events.size());
    core.received(on, link::stream_events{{{id, 0, size}}, events}, now);
    settle();
  }
  void ends(link::stream_id id, link::stream_ended::cause why) {
    streams.at(id).open = false;
    core.received(streams.at(id).link, link::stream_ended{id, why}, now);
    settle();
  }
  static std::string hello(bool resumed) {
    std::string text;
    if (resumed)
      sse::append_hello_resumed(text, "n", std::chrono::seconds(5), {});
    else
      sse::append_hello_fresh(text, "n", "new", std::chrono::seconds(5), {});
    return text;
  }
  static std::string rows(std::string_view id, std::string_view key = "A") {
    std::string text = "event: rows\ndata: [{\"key\":\"" + std::string(key) + "\",\"v\":[0,1],\"row\":{}}]\n";
    if (!id.empty()) text += "id: " + std::string(id) + "\n";
    return text + "\n";
  }
  static std::string live(std::string_view id) {
    std::string text;
    sse::append_live(text, id, {});
    return text;
  }
  static std::string status(sse::freshness state) {
    std::string text;
    sse::append_status(text, state, "");
    return text;
  }
  /// Hello, everything, live: as a node that has the table does.
  void serve(link::stream_id id, std::string_view mark) {
    says(id, hello(streams.at(id).bookmark.has_value()) + rows(mark) + live(mark));
  }
  void serve_all(std::string_view mark) {
    for (bool more = true; more;) {
      more = false;
      for (const auto& [id, each] : std::map(streams)) {
        if (!each.open || served.contains(id) || !nodes.at(node_of(each.link)).echoes) continue;
        served.insert(id);
        more = true;
        serve(id, mark);
      }
    }
  }

  // Viewers.
  viewer_id open(const std::string& client, std::optional<std::string_view> bookmark = {},
                 std::chrono::seconds beat = {}) {
    const viewer_id id = core.open({client, bookmark, beat}, now);
    shown.try_emplace(id);
    settle();
    return id;
  }
  viewer_id open_live(const std::string& client, std::string_view mark, std::chrono::seconds beat = {}) {
    const viewer_id id = open(client, {}, beat);
    serve(stream_of(client), mark);
    return id;
  }
  bool was_told(viewer_id who, std::string_view text) const {
    return shown.at(who).text.find(text) != std::string::npos;
  }
  std::size_t times(viewer_id who, std::string_view text) const {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = shown.at(who).text.find(text, at)) != std::string::npos; ++at) ++count;
    return count;
  }

  // Time. Ticks as the shell does; nodes echo at once.
  void pass(milliseconds time) {
    for (const instant end = now + time; now < end;) {
      now += milliseconds(50);
      core.tick(now);
      settle();
    }
  }
  void settle() {
    while (!echoes.empty()) {
      const auto due = std::move(echoes);
      echoes.clear();
      for (const auto& [link, number] : due) core.received(link, link::heartbeat{number}, now);
    }
    core.received_all(now);
  }

  // sink
  std::size_t send(viewer_id to, std::string_view events) override {
    seen& mine = shown[to];
    mine.text += events;
    const std::size_t now_taken = mine.kept > 0 ? 0 : std::min(mine.takes, events.size());
    mine.kept += events.size() - now_taken;
    return now_taken;
  }
  void end(viewer_id which, ending how) override {
    shown[which].ended = true;
    shown[which].how = how;
  }
  void send(link_id to, link::to_serving_node message) override {
    sent.push_back({to, message});
    if (const auto* asked = std::get_if<link::open_stream>(&message)) {
      check(!streams.contains(asked->id));  // a number is used once
      streams[asked->id] = {to, asked->client, asked->bookmark};
    } else if (const auto* closed = std::get_if<link::close_stream>(&message)) {
      check(streams.at(closed->id).link == to);
      streams[closed->id].open = false;
    } else if (const auto* taken = std::get_if<link::stream_taken>(&message)) {
      for (const auto& each : taken->all) streams.at(each.id).taken = each.bytes_total;
    } else if (const auto* beat = std::get_if<link::heartbeat>(&message)) {
      const std::string name = node_of(to);
      if (name.empty() || nodes.at(name).echoes) echoes.push_back({to, beat->number});
    } else if (const auto* rows = std::get_if<link::ask_rows>(&message)) {
      questions.push_back({to, *rows});
    }
  }
  void give_up(link_id which) override { given_up.push_back(which); }
  void answer(request_id to, std::string json) override { answers[to] = json; }
  void rerouted(const reroute& what) override { reroutes.push_back(what); }
  void propose(std::string_view client, const directory::member_id& node,
               const std::optional<directory::member_id>& instead_of) override {
    proposals.push_back({std::string(client), node.text(), instead_of ? instead_of->text() : ""});
  }

  instant now{std::chrono::hours(1)};
  std::map<std::string, scripted_node> nodes;
  std::map<link::stream_id, asked_stream> streams;
  std::set<link::stream_id> served;
  std::map<viewer_id, seen> shown;
  std::vector<std::pair<link_id, link::to_serving_node>> sent;
  std::vector<std::pair<link_id, std::uint64_t>> echoes;
  std::vector<std::pair<link_id, link::ask_rows>> questions;
  std::map<request_id, std::string> answers;
  std::vector<link_id> given_up;
  std::vector<reroute> reroutes;
  std::vector<proposal> proposals;
  std::uint32_t last_link = 0;
  gateway core;
};

}  // namespace blotter::gateway
