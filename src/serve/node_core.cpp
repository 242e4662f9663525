#include "serve/node_core.hpp"

#include <utility>

#include "base/check.hpp"
#include "directory/rendezvous.hpp"
#include "http/overload.hpp"
#include "serve/authorize.hpp"

namespace blotter::serve {

namespace {

/// The router has at most a window of rows under way; the rest are answers to what this core asked.
constexpr std::size_t router_messages_max = 1 << 22;
/// Messages taken in before what they changed is sent: a burst is sent as one event a viewer.
constexpr std::size_t batch_max = 256;
constexpr milliseconds tick_period{50};
/// The link to a router of this process.
constexpr node::link_id the_router{0};

instant now() {
  return std::chrono::steady_clock::now();
}

wall_time wall_now() {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

std::uint32_t number(node::viewer_id id) {
  return static_cast<std::uint32_t>(id);
}

}  // namespace

node_core::node_core(node::node_options options, surroundings around)
    : around_(std::move(around)),
      node_(std::move(options), *this),
      cells_(around_.cells),
      from_router_(
          around_.core.loop(), router_messages_max, batch_max,
          [this](link::to_node&& message) { received(the_router, std::move(message)); }, [this] { flush(); }),
      kept_(around_.core) {
  around_.core.every(tick_period, [this](instant at) { tick(at); });
  node_.tick(now(), wall_now());  // the first hello says the time
}

unsigned node_core::core_of(std::string_view client, unsigned cores) {
  return directory::core_of(client, cores);
}

void node_core::link_up(node::link_id link) {
  node_.link_up(link, now());
}

void node_core::link_lost(node::link_id link) {
  node_.link_lost(link, now());
  flush_soon();
}

void node_core::received(node::link_id from, link::to_node&& message) {
  const instant at = now();
  if (rows_came_ == instant{} && std::holds_alternative<link::rows>(message)) rows_came_ = at;
  node_.received(from, std::move(message), at);
}

void node_core::ask_to_move() {
  if (around_.entry.keys) node_.ask_to_move(now());
}

void node_core::drain() {
  if (carrier_) carrier_->begin_drain();
  node_.drain();
  for (const node::viewer_id which : std::exchange(ended_, {})) gone(which);
  if (carrier_) carrier_->end_drain();
}

// Viewers who come through gateways.

node::viewer_id node_core::open(const node::view_request& request) {
  const node::viewer_id opened = node_.open(request, now());
  flush_soon();
  return opened;
}

void node_core::closed(node::viewer_id which) {
  node_.closed(which, now());
}

void node_core::writable(node::viewer_id which) {
  node_.writable(which, now());
  flush_soon();
}

void node_core::ask_rows(node::request_id request, std::string_view client) {
  node_.ask_rows(request, client, now());
}

void node_core::forget_request(node::request_id request) {
  node_.forget_request(request, now());
}

// Requests.

unsigned node_core::owner(const http::request& asked) {
  return is_about_one_client(asked) ? core_of(asked.captures.front(), around_.cores) : around_.core.index();
}

void node_core::serve(http::request asked, http::responder answer) {
  if (!is_about_one_client(asked)) return around_.serve_other(kept_, asked, std::move(answer));
  const auto client = authorize(asked, around_.entry, wall_now());
  if (!client) return answer.send(client.error());
  if (asked.route == static_cast<unsigned>(asked_for::events))
    return serve_events(asked, *client, std::move(answer));
  serve_rows(asked, *client, std::move(answer));
}

void node_core::serve_events(const http::request& asked, std::string_view client, http::responder answer) {
  const auto wanted = http::read_events_query(asked);
  if (!wanted) return answer.send(wanted.error());
  if (!node_.admit(client)) {
    // 200 and a late return: any other answer would end a browser's EventSource for good.
    http::response busy{200, "text/event-stream", {{"Cache-Control", "no-store"}}, {}};
    busy.body = http::overload_events(asked, static_cast<std::uint64_t>(now().time_since_epoch().count()));
    return answer.send(std::move(busy));
  }
  opening_ = answer.stream();
  if (opening_ == http::viewer::none) return;
  node::view_request request{
      client, {}, wanted->beat_s ? std::chrono::seconds(wanted->beat_s) : around_.beat};
  if (!wanted->bookmark.empty()) request.bookmark = wanted->bookmark;
  const node::viewer_id opened = node_.open(request, now());
  const std::uint32_t connection = http::index_of(std::exchange(opening_, http::viewer::none));
  if (connection >= viewers_.size()) viewers_.resize(connection + 1);
  viewers_[connection] = opened;
  flush_soon();
}

void node_core::serve_rows(const http::request& asked, std::string_view client, http::responder answer) {
  const auto unknown = asked.parameters.only({"ticket"});
  if (!unknown) return answer.send(unknown.error());
  node_.ask_rows(node::request_id{kept_.keep(std::move(answer))}, client, now());
}

void node_core::answer(node::request_id to, std::string json) {
  if (static_cast<std::uint64_t>(to) >= carried_requests) return carrier_->answer(to, std::move(json));
  kept_.answer(static_cast<std::uint64_t>(to), http::json(std::move(json)));
}

// Viewers.

void node_core::writable(http::viewer which) {
  node_.writable(viewers_[http::index_of(which)], now());
  flush_soon();
}

void node_core::closed(http::viewer which, http::close_reason) {
  gone(viewers_[http::index_of(which)]);
}

void node_core::gone(node::viewer_id which) {
  if (carrier_ && carrier_->carries(which))
    carrier_->gone(which);
  else
    connections_[number(which)] = http::viewer::none;
  node_.closed(which, now());
}

bool node_core::send(node::viewer_id to, std::string_view events) {
  if (carrier_ && carrier_->carries(to)) return carrier_->send(to, events);
  const std::uint32_t slot = number(to);
  if (slot >= connections_.size()) connections_.resize(slot + 1, http::viewer::none);
  http::viewer& connection = connections_[slot];
  if (connection == http::viewer::none) connection = opening_;
  switch (around_.streams.send(connection, events)) {
    case http::sent::taken:
      return !around_.streams.pending_since(connection);
    case http::sent::gone:
      return false;  // `closed` follows
    case http::sent::full:
      break;
  }
  check(false);  // the node was told to wait
  return false;
}

void node_core::end(node::viewer_id which, ending how) {
  ended_.push_back(which);
  if (carrier_ && carrier_->carries(which)) return carrier_->end(which, how);
  const http::viewer connection = connections_[number(which)];
  if (how == ending::after_sent)
    around_.streams.close(connection);
  else
    around_.streams.abort(connection);
}

void node_core::send(node::link_id to, link::to_router message) {
  around_.to_router(to, std::move(message));
}

// Time.

void node_core::flush_soon() {
  if (std::exchange(flush_due_, true)) return;
  around_.core.post([this] {
    flush_due_ = false;
    flush();
  });
}

void node_core::flush() {
  if (node_.flush(now())) flush_soon();
  if (carrier_) carrier_->write();
  if (rows_came_ != instant{}) cells_.flushed(now() - std::exchange(rows_came_, {}));
}

void node_core::tick(instant at) {
  node_.tick(at, wall_now());
  for (const node::viewer_id which : std::exchange(ended_, {})) gone(which);
  kept_.sweep([&](std::uint64_t request) { node_.forget_request(node::request_id{request}, at); });
  cells_.publish(node_, around_.core.load());
  flush_soon();
}

}  // namespace blotter::serve
