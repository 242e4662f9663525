#include "serve/gateway_core.hpp"

#include <utility>

#include "base/check.hpp"
#include "base/json_text.hpp"
#include "directory/rendezvous.hpp"
#include "http/client.hpp"
#include "http/overload.hpp"
#include "link/frame.hpp"
#include "serve/authorize.hpp"

namespace blotter::serve {

namespace {

constexpr milliseconds tick_period{50};
/// Who finds no node comes back within so long, and not all at once.
constexpr std::uint64_t retry_after_s_max = 5;
/// The window, a node's largest send behind it, and words of our own: more is no node that keeps to it.
constexpr std::size_t waiting_bytes_max = link::stream_window_bytes + 2 * link::frame_size_max;

instant now() {
  return std::chrono::steady_clock::now();
}

wall_time wall_now() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

std::uint32_t number(gateway::viewer_id id) {
  return static_cast<std::uint32_t>(id);
}

}  // namespace

gateway_core::gateway_core(gateway::gateway_options options, surroundings around)
    : around_(std::move(around)),
      gateway_(std::move(options), *this),
      cells_(around_.cells),
      kept_(around_.core) {
  around_.core.every(tick_period, [this](instant at) { tick(at); });
}

void gateway_core::see(const std::vector<directory::member>& members, bool reachable) {
  gateway_.set_directory(reachable);
  urls_.clear();
  if (around_.keys)
    for (const directory::member& each : members)
      if (!each.url.empty() || !each.address.empty())
        urls_.emplace(each.id.text(), each.url.empty() ? "http://" + each.address : each.url);
  gateway_.see(members, now());
  settle();
}

void gateway_core::hear(std::span<const word> words, bool doubtful) {
  for (const word& each : words) {
    if (each.is == word::kind::answer)
      gateway_.proposed(each.client, each.node, now());
    else
      gateway_.placement_changed(each.client, each.node);
  }
  if (doubtful) gateway_.placements_doubtful();
  settle();
  turn_soon();
}

void gateway_core::propose(std::string_view client, const directory::member_id& node,
                           const std::optional<directory::member_id>& instead_of) {
  if (around_.propose) around_.propose({std::string(client), node, instead_of});
}

// Links.

void gateway_core::link_up(gateway::link_id link, const directory::member_id& node, std::uint32_t core,
                           std::uint32_t cores) {
  gateway_.link_up(link, node, core, cores, now());
  settle();
}

void gateway_core::link_lost(gateway::link_id link) {
  gateway_.link_lost(link, now());
  settle();
}

void gateway_core::received(gateway::link_id from, link::to_gateway&& message) {
  gateway_.received(from, std::move(message), now());
  settle();
}

void gateway_core::received_all() {
  gateway_.received_all(now());
  settle();
}

void gateway_core::send(gateway::link_id to, link::to_serving_node message) {
  caller_->carry(to, message);
}

void gateway_core::give_up(gateway::link_id which) {
  caller_->give_up(which);
}

// Requests.

unsigned gateway_core::owner(const http::request& asked) {
  return is_about_one_client(asked) ? directory::core_of(asked.captures.front(), around_.cores)
                                    : around_.core.index();
}

void gateway_core::serve(http::request asked, http::responder answer) {
  if (!is_about_one_client(asked)) return around_.serve_other(kept_, asked, std::move(answer));
  const auto client = authorize(asked, {}, wall_now());
  if (!client) return answer.send(client.error());
  if (asked.route == static_cast<unsigned>(asked_for::events))
    return serve_events(asked, *client, std::move(answer));
  if (asked.route == static_cast<unsigned>(asked_for::place))
    return serve_place(asked, *client, std::move(answer));
  serve_rows(asked, *client, std::move(answer));
}

void gateway_core::serve_events(const http::request& asked, std::string_view client, http::responder answer) {
  const auto wanted = http::read_events_query(asked);
  if (!wanted) return answer.send(wanted.error());
  if (!gateway_.admit(client)) {
    // 200 and a late return: any other answer would end a browser's EventSource for good.
    http::response busy{200, "text/event-stream", {{"Cache-Control", "no-store"}}, {}};
    busy.body = http::overload_events(asked, static_cast<std::uint64_t>(now().time_since_epoch().count()));
    return answer.send(std::move(busy));
  }
  opening_ = answer.stream();
  if (opening_ == http::viewer::none) return;
  gateway::view_request request{client, {}, std::chrono::seconds(wanted->beat_s)};
  if (!wanted->bookmark.empty()) request.bookmark = wanted->bookmark;
  const gateway::viewer_id opened = gateway_.open(request, now());
  const http::viewer connection = std::exchange(opening_, http::viewer::none);
  if (number(opened) >= seats_.size()) seats_.resize(number(opened) + 1);
  seats_[number(opened)].connection = connection;
  if (http::index_of(connection) >= viewers_.size()) viewers_.resize(http::index_of(connection) + 1);
  viewers_[http::index_of(connection)] = opened;
  settle();
  turn_soon();
}

void gateway_core::serve_rows(const http::request& asked, std::string_view client, http::responder answer) {
  const auto unknown = asked.parameters.only({});
  if (!unknown) return answer.send(unknown.error());
  const auto request = gateway::request_id{kept_.keep(std::move(answer))};
  gateway_.ask_rows(request, client, now());
  settle();
}

void gateway_core::serve_place(const http::request& asked, std::string_view client, http::responder answer) {
  const auto unknown = asked.parameters.only({});
  if (!unknown) return answer.send(unknown.error());
  if (!around_.keys)
    return answer.send(http::problem(
        404,
        "this gateway carries every stream itself, as it has no --ticket-keys: ask for the events here"));
  const auto node = gateway_.place(client, now());
  const auto at = node ? urls_.find(node->text()) : urls_.end();
  if (at == urls_.end()) {
    const auto chance = static_cast<std::uint64_t>(now().time_since_epoch().count());
    return answer.send(http::problem(503, "no node takes the client now",
                                     {{"Retry-After", std::to_string(1 + chance % retry_after_s_max)}}));
  }
  const wall_time until = wall_now() + ticket_time;
  std::string json = "{\"member\":";
  append_json_string(json, node->text());
  json.append(",\"url\":");
  append_json_string(json, at->second + "/v1/clients/" + http::percent_encode(client) + "/events");
  json.append(",\"ticket\":");
  append_json_string(json, around_.keys->sign({std::string(client), node->text(), until}));
  json.append(",\"expires\":").append(std::to_string(until.time_since_epoch().count())).append("}");
  answer.send(http::json(std::move(json)));
}

void gateway_core::answer(gateway::request_id to, std::string json) {
  kept_.answer(static_cast<std::uint64_t>(to),
               json.empty() ? http::to_response(http::problem(
                                  503, "the client has more rows than an answer holds: follow its events"))
                            : http::json(std::move(json)));
}

// Viewers.

std::size_t gateway_core::send(gateway::viewer_id to, std::string_view events) {
  const std::uint32_t slot = number(to);
  if (slot >= seats_.size()) seats_.resize(slot + 1);
  seat& mine = seats_[slot];
  if (mine.connection == http::viewer::none) mine.connection = opening_;
  if (mine.under_way == 0 && mine.waiting.empty()) return write(mine, events);
  mine.waiting.append(events);
  if (mine.waiting.size() > waiting_bytes_max) around_.streams.abort(mine.connection), ended_.push_back(to);
  return 0;
}

/// What the connection takes at once. It keeps a rest itself; one that is refused while it keeps another
/// waits here.
std::size_t gateway_core::write(seat& mine, std::string_view events) {
  switch (around_.streams.send(mine.connection, events)) {
    case http::sent::taken:
      if (!around_.streams.pending_since(mine.connection)) return events.size();
      mine.under_way = static_cast<std::uint32_t>(events.size());
      return 0;
    case http::sent::full:
      mine.waiting.append(events);
      return 0;
    case http::sent::gone:
      break;  // `closed` follows
  }
  return 0;
}

void gateway_core::writable(http::viewer which) {
  const gateway::viewer_id viewer = viewers_[http::index_of(which)];
  seat& mine = seats_[number(viewer)];
  std::size_t taken = std::exchange(mine.under_way, 0);
  if (!mine.waiting.empty()) taken += write(mine, std::exchange(mine.waiting, {}));
  if (taken > 0) gateway_.taken(viewer, taken, now());
  settle();
  turn_soon();
}

void gateway_core::closed(http::viewer which, http::close_reason) {
  gone(viewers_[http::index_of(which)]);
  turn_soon();
}

/// A viewer for whom something waits does not read: a goodbye would not reach it.
void gateway_core::end(gateway::viewer_id which, ending how) {
  const std::uint32_t slot = number(which);
  if (slot >= seats_.size()) seats_.resize(slot + 1);
  seat& mine = seats_[slot];
  if (mine.connection == http::viewer::none) mine.connection = opening_;
  if (how == ending::after_sent && mine.waiting.empty())
    around_.streams.close(mine.connection);
  else
    around_.streams.abort(mine.connection);
  ended_.push_back(which);
}

void gateway_core::gone(gateway::viewer_id which) {
  seats_[number(which)] = {};
  gateway_.closed(which, now());
}

void gateway_core::settle() {
  while (!ended_.empty()) {
    for (const gateway::viewer_id which : std::exchange(ended_, {}))
      if (seats_[number(which)].connection != http::viewer::none) gone(which);
  }
}

void gateway_core::drain() {
  gateway_.drain();
  settle();
  received_all();
}

// Time.

void gateway_core::rerouted(const gateway::reroute& what) {
  cells_.record(what);
}

void gateway_core::turn_soon() {
  if (std::exchange(turn_due_, true)) return;
  around_.core.post([this] {
    turn_due_ = false;
    received_all();
  });
}

void gateway_core::tick(instant at) {
  gateway_.tick(at);
  settle();
  kept_.sweep([&](std::uint64_t request) { gateway_.forget_request(gateway::request_id{request}); });
  cells_.publish(gateway_, around_.core.load());
  turn_soon();
}

}  // namespace blotter::serve
