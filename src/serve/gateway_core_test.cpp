#include "serve/gateway_core.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "serve/links_to_serving_nodes.hpp"
#include "serve/small_cluster.hpp"

// Browsers' connections at one end, a router and two nodes at the other, and the gateway between them, over
// real sockets on one loop.

namespace blotter::serve {
namespace {

/// A browser: its request as the server hands it on, its socket.
class browser final : http::asker {
 public:
  browser(http::service& at, http::event_connections& streams, std::string client, asked_for what,
          std::string bookmark = {})
      : streams_(streams) {
    http::request asked;
    asked.route = static_cast<unsigned>(what);
    asked.captures = {std::move(client)};
    if (what == asked_for::events) asked.parameters = *http::query::parse("beat=1");
    if (!bookmark.empty()) asked.headers.push_back({"Last-Event-ID", std::move(bookmark)});
    at.serve(std::move(asked), http::responder(line_));
  }
  ~browser() { leave(); }
  void leave() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  /// Reads what there is, or up to `size` bytes.
  void read(std::size_t size = SIZE_MAX) {
    char some[65536];
    while (size > 0 && fd_ >= 0) {
      const ssize_t got = ::recv(fd_, some, std::min(sizeof some, size), MSG_DONTWAIT);
      if (got == 0) ended = true;
      if (got <= 0) return;
      text.append(some, static_cast<std::size_t>(got));
      size -= static_cast<std::size_t>(got);
    }
  }
  bool has(std::string_view what) {
    read();
    return text.find(what) != std::string::npos;
  }
  std::size_t count(std::string_view what) const {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
  }

  std::string text;
  std::string answered;
  bool ended = false;

 private:
  void answer(http::response what) override { answered = what.body_view(); }
  http::viewer become_stream(std::string_view) override {
    // As small as kernel buffers get.
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int small = 1;
    ::setsockopt(listening, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(listening, reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(::listen(listening, 1), 0);
    EXPECT_EQ(::getsockname(listening, reinterpret_cast<sockaddr*>(&at), &size), 0);
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&at), size), 0);
    const int ours = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    ::close(listening);
    return streams_.open(ours, shared_bytes("head\n\n"));
  }

  http::event_connections& streams_;
  std::shared_ptr<http::responder::line> line_ =
      std::make_shared<http::responder::line>(http::responder::line{static_cast<http::asker*>(this)});
  int fd_ = -1;
};

struct world : small_cluster {
  explicit world(unsigned count = 2, node::node_options options = {})
      : small_cluster(std::move(options), count),
        streams(core.loop(), viewers),
        gateway({}, {core, 1, streams, cells, {}}),
        links(gateway, link_options_of("gateway-1"), 1, [](const std::string&, bool) {}) {
    streams.set_owner(gateway);
    for (unsigned i = 0; i < count; ++i) {
      directory::member one{.id = *directory::member_id::parse("node-" + std::to_string(i + 1))};
      one.roles = {directory::role::node};
      one.stage = directory::stage::serving;
      one.link_address = nodes[i]->carried.at().to_string();
      members.push_back(one);
    }
    see();
    until([&] { return links.figures().up == members.size(); });
  }
  void see() {
    gateway.see(members, true);
    links.see(serving_nodes(members));
  }
  std::unique_ptr<browser> open(const std::string& client, const std::string& bookmark = {}) {
    return std::make_unique<browser>(gateway, streams, client, asked_for::events, bookmark);
  }
  std::unique_ptr<browser> open_live(const std::string& client) {
    auto made = open(client);
    until([&] { return made->has("event: live"); });
    return made;
  }
  /// The node that carries the only stream that there is.
  std::size_t carrier() const { return nodes[0]->carried.streams() > 0 ? 0 : 1; }

  std::atomic<std::size_t> viewers{0};
  http::event_connections streams;
  metrics::registry cells;
  gateway_core gateway;
  links_to_serving_nodes links;
  std::vector<directory::member> members;
};

TEST(gateway_core, brings_rows_from_a_node_to_a_browser) {
  world all;
  const auto one = all.open_live("c1");
  EXPECT_TRUE(one->text.starts_with("head\n\n"));
  all.put("c1", "A", 2);
  all.put("c2", "A", 77);
  all.until([&] { return one->has("\"n\":2"); });
  EXPECT_FALSE(one->has("\"n\":77")) << "of another client";
  EXPECT_EQ(all.gateway.state().viewers(), 1u);
}

TEST(gateway_core, ends_the_stream_of_a_browser_that_left) {
  world all;
  const auto one = all.open_live("c1");
  const auto stays = all.open_live("c1");
  one->leave();
  all.until([&] { return all.nodes[0]->carried.streams() + all.nodes[1]->carried.streams() == 1; });
  EXPECT_EQ(all.gateway.state().viewers(), 1u);
  all.put("c1", "A", 2);
  all.until([&] { return stays->has("\"n\":2"); });
}

TEST(gateway_core, goes_on_from_the_id_that_a_browser_brings) {
  world all;
  const auto first = all.open_live("c1");
  const auto at = first->text.rfind("\nid: ") + 5;
  const auto again = all.open("c1", first->text.substr(at, first->text.find('\n', at) - at));
  all.until([&] { return again->has("event: live"); });
  EXPECT_TRUE(again->has("\"resumed\":true"));
  EXPECT_FALSE(again->has("event: rows"));
}

TEST(gateway_core, keeps_a_browser_whose_node_leaves) {
  world all;
  const auto one = all.open_live("c1");
  all.nodes[all.carrier()]->core.drain();
  all.put("c1", "A", 2);
  all.until([&] { return one->has("\"n\":2") && one->count("event: live") == 2; });
  EXPECT_EQ(one->count("event: hello"), 2u);
  EXPECT_FALSE(one->has("event: bye") || one->has("event: reset") || one->ended);
}

TEST(gateway_core, sends_a_slow_browser_last_values_and_delays_no_other) {
  world all;
  const auto slow = all.open_live("c1");
  const auto well = all.open_live("c1");
  for (int n = 2; n < 300; ++n) {
    all.put("c1", "A", n, 2'000);
    all.until([&] { return well->has("\"n\":" + std::to_string(n) + ","); });
    well->text.clear();
  }
  all.until([&] { return slow->has("\"n\":299,"); });
  EXPECT_LT(slow->count("event: rows"), 100u);
  EXPECT_EQ(slow->text.substr(slow->text.size() - 2), "\n\n");
  EXPECT_FALSE(slow->has("event: reset"));
}

TEST(gateway_core, lets_a_browser_go_that_its_node_calls_stuck) {
  world all(1, {.member = {}, .tables = {}, .stuck_time = milliseconds(100)});
  const auto one = all.open_live("c1");
  for (int n = 2; n < 100; ++n) all.put("c1", "K" + std::to_string(n), n, 20'000);
  all.until([&] { return all.gateway.state().viewers() == 0; });
  EXPECT_EQ(all.gateway.state().counters().viewers_stuck, 1u);
}

TEST(gateway_core, answers_for_rows_asked_for_once) {
  world all;
  browser one(all.gateway, all.streams, "c2", asked_for::rows);
  all.until([&] { return !one.answered.empty(); });
  EXPECT_NE(one.answered.find("\"client\":\"c2\""), std::string::npos);
}

TEST(gateway_core, serves_nobody_who_is_refused_and_neither_does_a_node) {
  world all;
  for (http::service* const at :
       {static_cast<http::service*>(&all.gateway), static_cast<http::service*>(&all.nodes[0]->core)}) {
    for (const asked_for what : {asked_for::events, asked_for::rows}) {
      const browser one(*at, all.streams, std::string(256, 'c'), what);
      EXPECT_NE(one.answered.find("a client id has at most 255 bytes"), std::string::npos);
    }
  }
  EXPECT_EQ(all.gateway.state().viewers() + all.nodes[0]->core.viewers(), 0u);
}

TEST(gateway_core, says_goodbye_when_it_leaves) {
  world all;
  const auto one = all.open_live("c1");
  all.gateway.drain();
  all.until([&] { return one->has("event: bye") && one->ended; });
  EXPECT_EQ(all.gateway.state().viewers(), 0u);
}

TEST(serving_nodes, are_those_that_say_where_they_take_links) {
  directory::member one{.id = *directory::member_id::parse("n")};
  one.roles = {directory::role::node};
  const auto cores = [&](std::string addresses) {
    one.link_address = std::move(addresses);
    const auto all = serving_nodes({&one, 1});
    return all.empty() ? 0 : all[0].cores.size();
  };
  EXPECT_EQ(cores("127.0.0.1:1"), 1u);
  EXPECT_EQ(cores("127.0.0.1:1,[::1]:2,127.0.0.1:3"), 3u);
  EXPECT_EQ(cores(""), 0u);
  EXPECT_EQ(cores("127.0.0.1:1,some-host:2"), 0u) << "names are not looked up";
  one.roles = {directory::role::router};
  EXPECT_EQ(cores("127.0.0.1:1"), 0u);
}

}  // namespace
}  // namespace blotter::serve
