#include "net/link_hub.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "link/sample_messages.hpp"
#include "link/sample_streams.hpp"
#include "net/link_connector.hpp"
#include "net/link_listener.hpp"

namespace blotter::net {
namespace {

using boost::asio::io_context;
using link::errc;

template <class Pred>
void until(io_context& loop, Pred done) {
  while (!done()) loop.run_one();
}

link_hub_options options_of(std::string member) {
  link_hub_options options;
  options.session.self = {link::protocol_version, "blotter", std::move(member), {}};
  return options;
}

/// A hub, and what its owner was told.
template <class Sends, class Hears>
struct side : link_owner<Hears> {
  side(io_context& loop, link_hub_options options) : links(loop, std::move(options), *this) {}

  void link_up(link_id which, const link::hello& peer) override {
    up = which;
    peers.push_back(peer.member);
    if (at_up) at_up();
  }
  void received(link_id which, Hears&& message) override {
    EXPECT_EQ(which, up);
    messages.push_back(std::move(message));
    if (at_message) at_message();
  }
  void received_all(link_id) override { ++batches; }
  void link_lost(link_id which, const link::ending& why) override {
    EXPECT_EQ(which, up);
    up.reset();
    losses.push_back(why);
  }

  link_hub<Sends, Hears> links;
  std::optional<link_id> up;
  std::vector<std::string> peers;
  std::vector<Hears> messages;
  std::vector<link::ending> losses;
  std::size_t batches = 0;
  std::function<void()> at_up, at_message;
};
using router_side = side<link::to_node, link::to_router>;
using node_side = side<link::to_router, link::to_node>;

const endpoint any_port = *endpoint::parse("127.0.0.1:0");

/// One router with its port open.
struct router_process {
  explicit router_process(io_context& loop, link_hub_options options = options_of("router-1"),
                          const endpoint& at = any_port)
      : side(loop, std::move(options)), listener(side.links, at, "--link") {
    listener.start();
  }
  router_side side;
  link_listener listener;
};

struct node_process {
  node_process(io_context& loop, const endpoint& router, link_hub_options options = options_of("node-1"),
               std::string member = "router-1")
      : side(loop, std::move(options)),
        connector(
            side.links, {std::move(member), router},
            {.waits = {milliseconds(1), milliseconds(20)}, .connect_max = milliseconds(2'000), .seed = 1}) {
    connector.start();
  }
  node_side side;
  link_connector connector;
};

/// A program that is no node of ours.
struct stranger {
  explicit stranger(const endpoint& at) : fd(::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    EXPECT_EQ(::connect(fd, at.data(), at.size()), 0);
  }
  ~stranger() { ::close(fd); }
  void write(std::string_view bytes) const {
    EXPECT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  /// Reads what there is; true at the end of the connection.
  bool ended() {
    char some[4'096];
    const ssize_t size = ::recv(fd, some, sizeof some, MSG_DONTWAIT);
    if (size > 0) heard.append(some, static_cast<std::size_t>(size));
    return size == 0 || (size < 0 && errno == ECONNRESET);
  }
  std::string hello() const {
    return link::sample::frames_of(
        link::hello{link::protocol_version, "blotter", "node-1", link::role::node});
  }
  const int fd;
  std::string heard;
};

errc code(const link::ending& why) {
  EXPECT_EQ(why.why.category(), link::category());
  return static_cast<errc>(why.why.value());
}

TEST(link_hub, carries_messages_both_ways_in_order) {
  io_context loop;
  router_process router(loop);
  node_process node(loop, router.listener.at());
  until(loop, [&] { return router.side.up && node.side.up; });
  EXPECT_EQ(router.side.peers, std::vector<std::string>{"node-1"});
  EXPECT_EQ(node.side.peers, std::vector<std::string>{"router-1"});
  const auto down = link::sample::all_to_node();
  router.side.links.send(*router.side.up, link::feed_began{table::generation{1}, 64, {}});
  for (const auto& each : down) router.side.links.send(*router.side.up, each);
  const link::to_router asked =
      link::subscribe{link::subscription_id{1}, "c1", link::sample::one_bookmark(3)};
  node.side.links.send(*node.side.up, asked);
  until(loop, [&] { return node.side.messages.size() == down.size() + 1 && !router.side.messages.empty(); });
  for (std::size_t i = 0; i < down.size(); ++i)
    EXPECT_EQ(link::sample::frames_of(node.side.messages[i + 1]), link::sample::frames_of(down[i]));
  EXPECT_EQ(link::sample::frames_of(router.side.messages[0]), link::sample::frames_of(asked));
  EXPECT_GE(node.side.batches, 1u);
  EXPECT_LT(node.side.batches, down.size());
}

TEST(link_hub, carries_streams_between_a_gateway_and_a_node) {
  io_context loop;
  side<link::to_gateway, link::to_serving_node> node(loop, options_of("node-1"));
  side<link::to_serving_node, link::to_gateway> gateway(loop, options_of("gateway-1"));
  link_listener listener(node.links, any_port, "--link");
  listener.start();
  link_connector connector(gateway.links, {"node-1", listener.at()}, {});
  EXPECT_EQ(connector.link(), link_id::none);
  connector.start();
  until(loop, [&] { return node.up && gateway.up; });
  EXPECT_EQ(node.peers, std::vector<std::string>{"gateway-1"});
  EXPECT_EQ(connector.link(), *gateway.up) << "tells one of many links from the others";
  for (const auto& each : link::sample::all_to_serving_node()) gateway.links.send(*gateway.up, each);
  for (const auto& each : link::sample::all_to_gateway())
    if (!std::holds_alternative<link::heartbeat>(each)) node.links.send(*node.up, each);
  until(loop, [&] {
    return node.messages.size() == link::sample::all_to_serving_node().size() &&
           gateway.messages.size() == link::sample::all_to_gateway().size() - 1;
  });
  connector.stop();
  node.links.end_all();
  until(loop, [&] { return !gateway.losses.empty() && node.links.empty() && gateway.links.empty(); });
  EXPECT_EQ(connector.link(), link_id::none);
}

TEST(link_hub, carries_more_than_the_kernel_holds) {
  io_context loop;
  router_process router(loop);
  node_process node(loop, router.listener.at());
  until(loop, [&] { return router.side.up && node.side.up; });
  random_source chance(4);
  std::string sent;
  router.side.links.send(*router.side.up, link::feed_began{table::generation{1}, link::partitions_max, {}});
  for (int i = 0; i < 200; ++i) {
    link::rows some = link::sample::any_rows(chance, 512);
    if (i % 50 == 0) some.all.push_back(link::sample::one_row("large", std::string(1 << 20, 'v')));
    for (const link::row& each : some.all)
      sent += std::string(each.content.key()) + std::to_string(each.at.offset);
    router.side.links.send(*router.side.up, some);
  }
  std::string got;
  node.side.at_message = [&] {
    const auto* some = std::get_if<link::rows>(&node.side.messages.back());
    if (!some) return;
    for (const link::row& each : some->all)
      got += std::string(each.content.key()) + std::to_string(each.at.offset);
  };
  until(loop, [&] { return got.size() >= sent.size(); });
  EXPECT_EQ(got, sent);
}

TEST(link_hub, numbers_a_link_anew_when_it_comes_back) {
  io_context loop;
  router_process router(loop);
  node_process node(loop, router.listener.at());
  until(loop, [&] { return router.side.up && node.side.up; });
  const link_id first = *node.side.up;
  router.side.links.send(*router.side.up, link::heartbeat{1});
  until(loop, [&] { return !node.side.messages.empty(); });
  router.side.links.end(*router.side.up, errc::closed_by_us);
  until(loop, [&] { return node.side.peers.size() == 2 && router.side.up; });
  EXPECT_NE(*node.side.up, first);
  ASSERT_EQ(node.side.losses.size(), 1u);
  EXPECT_EQ(code(node.side.losses[0]), errc::refused_by_peer);
  EXPECT_EQ(node.side.losses[0].text, "the peer says: the link was closed at this end (reason 42)");
  EXPECT_EQ(code(router.side.losses[0]), errc::closed_by_us);
  node.side.links.send(first, link::taken{1});  // to nobody
  EXPECT_EQ(router.side.links.figures().up, 1u);
}

TEST(link_hub, may_be_told_to_end_from_within_a_message) {
  io_context loop;
  router_process router(loop);
  node_process node(loop, router.listener.at());
  router.side.at_message = [&] {
    router.side.links.send(*router.side.up, link::heartbeat{1});
    router.side.links.end(*router.side.up, errc::closed_by_us);
    EXPECT_TRUE(router.side.up);  // heard of later
  };
  until(loop, [&] { return node.side.up.has_value(); });
  for (int i = 0; i < 3; ++i) node.side.links.send(*node.side.up, link::taken{1});
  until(loop, [&] { return !router.side.losses.empty(); });
  EXPECT_EQ(router.side.messages.size(), 1u);
  until(loop, [&] { return !node.side.losses.empty(); });
  EXPECT_EQ(node.side.messages.size(), 1u);
}

// Reconnecting.

TEST(link_connector, comes_back_when_the_router_does) {
  io_context loop;
  auto router = std::make_unique<router_process>(loop);
  const endpoint at = router->listener.at();
  node_process node(loop, at);
  until(loop, [&] { return node.side.up.has_value(); });
  router.reset();
  until(loop, [&] { return node.connector.tries() >= 4; });
  EXPECT_EQ(node.side.losses.size(), 1u);
  EXPECT_FALSE(node.connector.last_failure().empty());
  router = std::make_unique<router_process>(loop, options_of("router-1"), at);
  until(loop, [&] { return node.side.up && router->side.up; });
  EXPECT_EQ(router->side.links.figures().begun, 1u);
}

TEST(link_connector, tells_why_it_was_refused_and_goes_on_trying) {
  io_context loop;
  router_process router(loop);
  auto other = options_of("node-1");
  other.session.self.cluster = "test";
  node_process node(loop, router.listener.at(), other);
  until(loop, [&] { return node.connector.tries() >= 3 && router.side.links.figures().refused >= 2; });
  EXPECT_NE(node.connector.last_failure().find("start both with the same cluster name"), std::string::npos);
  EXPECT_FALSE(router.side.up || node.side.up);
  EXPECT_TRUE(router.side.losses.empty() && node.side.losses.empty());
}

TEST(link_connector, takes_nobody_else_for_the_member_it_called) {
  io_context loop;
  router_process router(loop);
  node_process node(loop, router.listener.at(), options_of("node-1"), "router-2");
  until(loop, [&] { return node.connector.tries() >= 2; });
  EXPECT_NE(node.connector.last_failure().find("'router-1' answers where 'router-2' was called"),
            std::string::npos);
}

TEST(link_connector, stops_when_told_to) {
  io_context loop;
  router_process router(loop);
  node_process node(loop, router.listener.at());
  until(loop, [&] { return node.side.up && router.side.up; });
  node.connector.stop();
  router.side.links.end_all();
  until(loop, [&] { return !node.side.losses.empty(); });
  for (int i = 0; i < 6; ++i) loop.run_one();  // ticks, 50 ms apart: longer than any wait
  EXPECT_EQ(node.connector.tries(), 1u);
  node.connector.start();
  EXPECT_EQ(node.connector.tries(), 1u);
}

// Strangers.

TEST(link_listener, answers_a_page_request_by_closing_and_serves_the_others) {
  io_context loop;
  router_process router(loop);
  node_process node(loop, router.listener.at());
  until(loop, [&] { return router.side.up.has_value(); });
  stranger browser(router.listener.at());
  browser.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (!browser.ended()) loop.run_one();
  EXPECT_NE(browser.heard.find("browsers are served at an --http port"), std::string::npos);
  EXPECT_EQ(router.side.links.figures().refused, 1u);
  EXPECT_TRUE(router.side.up && router.side.losses.empty());
}

TEST(link_listener, tells_each_kind_of_wrong_peer_what_to_do_and_serves_the_others) {
  io_context loop;
  router_process router(loop);
  node_process node(loop, router.listener.at());
  until(loop, [&] { return router.side.up.has_value(); });
  const link::hello right{link::protocol_version, "blotter", "node-2", link::role::node};
  const auto with = [&](auto&& change) {
    link::hello wrong = right;
    change(wrong);
    return wrong;
  };
  const std::pair<link::hello, std::string_view> all[] = {
      {with([](auto& it) { it.version = link::protocol_version + 1; }), "upgrade the older one"},
      {with([](auto& it) { it.cluster = "test"; }), "start both with the same cluster name"},
      {with([](auto& it) { it.as = link::role::router; }),
       "is linked here to a node only: check the address"},
      {with([](auto& it) { it.as = link::role::gateway; }),
       "is linked here to a node only: check the address"},
      {with([](auto& it) { it.member = "router-1"; }), "give every process a name of its own"},
  };
  std::uint64_t refused = 0;
  for (const auto& [wrong, sentence] : all) {
    stranger peer(router.listener.at());
    peer.write(link::sample::frames_of(wrong));
    while (!peer.ended()) loop.run_one();
    EXPECT_NE(peer.heard.find(sentence), std::string::npos) << sentence << " in " << peer.heard;
    EXPECT_EQ(router.side.links.figures().refused, ++refused);
  }
  node.side.links.send(*node.side.up, link::taken{1});
  until(loop, [&] { return !router.side.messages.empty(); });
  EXPECT_TRUE(router.side.losses.empty() && node.side.losses.empty());
}

TEST(link_listener, closes_a_connection_that_says_nothing) {
  io_context loop;
  auto options = options_of("router-1");
  options.session.handshake_max = milliseconds(100);
  router_process router(loop, options);
  stranger silent(router.listener.at());
  while (!silent.ended()) loop.run_one();
  EXPECT_EQ(router.side.links.figures().refused, 1u);
}

TEST(link_listener, gives_up_a_last_word_that_nobody_reads) {
  io_context loop;
  auto options = options_of("router-1");
  options.last_word_max = milliseconds(60);
  options.links_max = 1;
  router_process router(loop, options);
  stranger first(router.listener.at());
  first.write("nonsense");  // and keeps its side open
  until(loop, [&] { return router.side.links.figures().refused == 1; });
  // Its place is free again when the last word is given up.
  std::vector<std::unique_ptr<stranger>> others;
  while (router.side.links.figures().refused < 2) {
    others.push_back(std::make_unique<stranger>(router.listener.at()));
    (void)::send(others.back()->fd, "nonsense", 8, MSG_NOSIGNAL);
    for (int i = 0; i < 5; ++i) loop.run_one();
    if (others.size() > 100) others.erase(others.begin());
  }
}

TEST(link_listener, holds_no_more_connections_than_may_be) {
  io_context loop;
  auto options = options_of("router-1");
  options.links_max = 2;
  router_process router(loop, options);
  std::vector<std::unique_ptr<stranger>> many;
  for (int i = 0; i < 5; ++i) many.push_back(std::make_unique<stranger>(router.listener.at()));
  until(loop, [&] { return router.side.links.figures().crowded == 3; });
  EXPECT_TRUE(router.side.links.figures().up == 0);
}

TEST(link_listener, ends_a_peer_that_never_reads_at_its_bound) {
  io_context loop;
  auto options = options_of("router-1");
  options.session.waiting_bytes_max = 1 << 20;
  router_process router(loop, options);
  stranger node(router.listener.at());
  node.write(node.hello());
  until(loop, [&] { return router.side.up.has_value(); });
  const link_id link = *router.side.up;
  const std::string text(4'000, 'x');
  std::size_t waiting = 0;
  while (router.side.losses.empty()) {
    for (int i = 0; i < 20; ++i)
      router.side.links.send(link, link::feed_status{link::feed_status::state::lost, text});
    if (const auto* state = router.side.links.find(link)) waiting = std::max(waiting, state->out().size());
    loop.poll();
  }
  EXPECT_EQ(code(router.side.losses[0]), errc::queue_full);
  EXPECT_LE(waiting, (1u << 20) + 8'192u);
}

TEST(link_listener, ends_a_peer_that_answers_no_heartbeat) {
  io_context loop;
  auto options = options_of("router-1");
  options.session.not_reading_max = milliseconds(150);
  router_process router(loop, options);
  stranger node(router.listener.at());
  node.write(node.hello());
  until(loop, [&] { return router.side.up.has_value(); });
  router.side.links.send(*router.side.up, link::heartbeat{1});
  until(loop, [&] { return !router.side.losses.empty(); });
  EXPECT_EQ(code(router.side.losses[0]), errc::not_reading);
}

TEST(link_listener, knows_of_a_reset_at_once) {
  io_context loop;
  router_process router(loop);
  auto node = std::make_unique<stranger>(router.listener.at());
  node->write(node->hello());
  until(loop, [&] { return router.side.up.has_value(); });
  const linger at_once{1, 0};
  ::setsockopt(node->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  node.reset();
  until(loop, [&] { return !router.side.losses.empty(); });
  EXPECT_EQ(router.side.losses[0].why, boost::asio::error::connection_reset);
}

TEST(link_listener, hears_that_a_peer_has_closed) {
  io_context loop;
  router_process router(loop);
  auto node = std::make_unique<stranger>(router.listener.at());
  node->write(node->hello());
  until(loop, [&] { return router.side.up.has_value(); });
  while (node->heard.empty()) (void)node->ended();
  ::shutdown(node->fd, SHUT_WR);
  until(loop, [&] { return !router.side.losses.empty(); });
  EXPECT_EQ(code(router.side.losses[0]), errc::closed_by_peer);
}

}  // namespace
}  // namespace blotter::net
