#include "http/server.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace blotter::http {
namespace {

constexpr unsigned core_count = 2;
enum : unsigned { route_events = 1, route_rows };

routes paths() {
  return routes({{"/v1/clients/{client}/events", route_events, route_kind::events},
                 {"/v1/clients/{client}/rows", route_rows}});
}

/// A blocking client's socket; a call that waits for more than 20 s has failed.
class plain_client {
 public:
  explicit plain_client(const net::endpoint& at, int receive_buffer = 0) {
    fd_ = ::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    EXPECT_EQ(::connect(fd_, at.data(), at.size()), 0);
  }
  plain_client(plain_client&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~plain_client() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close();
  }
  void say(std::string_view bytes) {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void get(const std::string& target, const std::string& lines = "") {
    say("GET " + target + " HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n");
  }
  /// Reads until what came ends with `end`.
  std::string hear_until(std::string_view end) {
    std::string heard;
    char byte = 0;
    while (!heard.ends_with(end) && ::recv(fd_, &byte, 1, 0) == 1) heard += byte;
    return heard;
  }
  std::string hear_all() {
    std::string heard;
    char bytes[65536];
    for (;;) {
      const auto size = ::recv(fd_, bytes, sizeof(bytes), 0);
      if (size <= 0) return heard;
      heard.append(bytes, static_cast<std::size_t>(size));
    }
  }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

/// Serves a client on the core that its id's first letter names: "0…" or "1…".
class echo_app final : public service, public event_connection_owner {
 public:
  echo_app(unsigned core, event_connections& streams) : core_(core), streams_(streams) {}

  unsigned owner(const request& asked) override {
    return static_cast<unsigned>(asked.captures.at(0).front() - '0') % core_count;
  }
  void serve(request asked, responder answer) override {
    if (asked.route == route_rows) {
      return answer.send(text("core " + std::to_string(core_) + " client " + asked.captures[0] + "\n"));
    }
    const viewer opened = answer.stream();
    EXPECT_EQ(streams_.send(opened, "event: hello\ndata: " + std::to_string(core_) + "\n\n"), sent::taken);
    opened_.set_value(opened);
  }
  void writable(viewer) override {}
  void closed(viewer which, close_reason why) override { closed_.set_value({which, why}); }

  std::promise<viewer> opened_;
  std::promise<std::pair<viewer, close_reason>> closed_;

 private:
  unsigned core_;
  event_connections& streams_;
};

class a_server : public testing::Test {
 protected:
  void begin(server_options options = {}, const static_files* files = nullptr) {
    options.listen.at = *net::endpoint::parse("127.0.0.1:0");
    served_ = std::make_unique<server>(cores_, options, paths(), files);
    for (unsigned i = 0; i < core_count; ++i) {
      apps_.push_back(std::make_unique<echo_app>(i, served_->streams(i)));
      served_->plug(i, *apps_[i], *apps_[i]);
    }
    cores_.start();
    at_ = served_->listen();
  }
  ~a_server() override { cores_.stop(); }

  net::core_set cores_{core_count};
  std::unique_ptr<server> served_;
  std::vector<std::unique_ptr<echo_app>> apps_;
  net::endpoint at_;
};

TEST_F(a_server, serves_each_request_on_the_core_that_owns_it) {
  begin();
  for (int i = 0; i < 20; ++i) {  // whichever core accepts
    plain_client client(at_);
    for (const char* const id : {"0a", "1b", "0c"}) {  // on one connection, which moves to and fro
      client.get(std::string("/v1/clients/") + id + "/rows");
      std::string heard = client.hear_until("\r\n\r\n");
      heard += client.hear_until("\n");
      EXPECT_NE(heard.find("HTTP/1.1 200 OK"), std::string::npos) << heard;
      EXPECT_TRUE(heard.ends_with(std::string("core ") + id[0] + " client " + id + "\n")) << heard;
    }
  }
  EXPECT_GE(served_->figures().handed_over, 20u);
  EXPECT_EQ(served_->figures().requests, 60u);
}

TEST_F(a_server, keeps_pipelined_requests_over_a_hand_over) {
  begin();
  plain_client client(at_);
  std::string all;
  for (const char* const id : {"0a", "1b", "1c", "0d"})
    all += std::string("GET /v1/clients/") + id + "/rows HTTP/1.1\r\nHost: h\r\n\r\n";
  client.say(all + "GET /v1/clients/0z/rows HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string heard = client.hear_all();
  std::size_t from = 0;
  for (const char* const id : {"0a", "1b", "1c", "0d", "0z"}) {
    from = heard.find(std::string("core ") + id[0] + " client " + id + "\n", from);
    ASSERT_NE(from, std::string::npos) << id << heard;
  }
}

TEST_F(a_server, streams_events_from_the_owners_core_with_head_and_first_event_together) {
  begin();
  plain_client client(at_);
  client.get("/v1/clients/1a/events");
  char bytes[4096];
  const auto size = ::recv(client.fd(), bytes, sizeof(bytes), 0);
  ASSERT_GT(size, 0);
  EXPECT_EQ(std::string(bytes, static_cast<std::size_t>(size)),
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store, no-transform\r\n"
            "X-Accel-Buffering: no\r\nConnection: close\r\n\r\nevent: hello\ndata: 1\n\n");
  const viewer opened = apps_[1]->opened_.get_future().get();
  cores_[1].post([&] {
    served_->streams(1).send(opened, "event: bye\ndata: {}\n\n");
    served_->streams(1).close(opened);
  });
  EXPECT_EQ(client.hear_all(), "event: bye\ndata: {}\n\n");
}

TEST_F(a_server, tells_its_owner_when_a_viewer_leaves) {
  begin();
  plain_client client(at_);
  client.get("/v1/clients/0a/events");
  client.hear_until("data: 0\n\n");
  client.close();
  const auto [which, why] = apps_[0]->closed_.get_future().get();
  EXPECT_EQ(which, apps_[0]->opened_.get_future().get());
  EXPECT_EQ(why, close_reason::left);
  EXPECT_EQ(served_->figures().viewers, 0u);
}

TEST_F(a_server, tells_viewers_over_its_limit_to_come_back_later) {
  server_options options;
  options.limits.viewers_max = 1;
  begin(options);
  plain_client first(at_);
  first.get("/v1/clients/0a/events");
  first.hear_until("data: 0\n\n");
  plain_client second(at_);
  second.get("/v1/clients/0a/events", "Last-Event-ID: b.1-2\r\n");
  const std::string heard = second.hear_all();
  EXPECT_TRUE(heard.starts_with("HTTP/1.1 200 OK\r\n")) << heard;
  EXPECT_NE(heard.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(heard.find("\r\n\r\nretry: "), std::string::npos);
  EXPECT_NE(
      heard.find("event: bye\ndata: {\"code\":3,\"reason\":\"overload\",\"reconnect\":true}\nid: b.1-2\n\n"),
      std::string::npos);
  EXPECT_EQ(served_->figures().overloaded, 1u);
}

TEST_F(a_server, answers_connections_over_its_limit_in_the_way_of_their_path) {
  server_options options;
  options.connections_max = 1;
  begin(options);
  plain_client first(at_);
  first.get("/v1/clients/0a/events");
  first.hear_until("data: 0\n\n");
  plain_client events(at_);
  events.get("/v1/clients/0a/events");
  EXPECT_NE(events.hear_all().find("\"reason\":\"overload\""), std::string::npos);
  plain_client rows(at_);
  rows.get("/v1/clients/0a/rows");
  const std::string heard = rows.hear_all();
  EXPECT_TRUE(heard.starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << heard;
  EXPECT_NE(heard.find("\r\nRetry-After: "), std::string::npos);
}

TEST_F(a_server, tells_an_address_that_opens_connections_too_fast) {
  server_options options;
  options.address_rate_max = core_count;  // one a second and core
  begin(options);
  int served = 0;
  int hurried = 0;
  for (int i = 0; i < 20; ++i) {
    plain_client one(at_);
    one.get("/v1/clients/0a/rows", "Connection: close\r\n");
    const std::string heard = one.hear_all();
    served += heard.starts_with("HTTP/1.1 200");
    hurried += heard.starts_with("HTTP/1.1 429 Too Many Requests\r\n") &&
               heard.find("\r\nRetry-After: ") != std::string::npos;
  }
  EXPECT_EQ(served + hurried, 20);
  EXPECT_GE(served, 1);
  EXPECT_GE(hurried, 10);
  plain_client events(at_);
  events.get("/v1/clients/0a/events");
  EXPECT_NE(events.hear_all().find("\"reason\":\"overload\""), std::string::npos);
  EXPECT_EQ(served_->figures().hurried, static_cast<std::uint64_t>(hurried) + 1);
  EXPECT_EQ(served_->figures().overloaded, 0u);
}

TEST_F(a_server, tells_an_address_that_it_has_too_many_connections) {
  server_options options;
  options.limits.connections_per_address_max = 3;
  begin(options);
  plain_client stream(at_);
  stream.get("/v1/clients/0a/events");
  stream.hear_until("data: 0\n\n");
  plain_client other(at_);
  other.get("/v1/clients/1a/rows");  // may go to the other core
  other.hear_until("client 1a\n");
  plain_client third(at_);
  third.get("/v1/clients/0a/rows");
  third.hear_until("client 0a\n");
  plain_client rows(at_);
  rows.get("/v1/clients/0a/rows");
  EXPECT_TRUE(rows.hear_all().starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
  plain_client events(at_);
  events.get("/v1/clients/0a/events");
  EXPECT_NE(events.hear_all().find("\"reason\":\"overload\""), std::string::npos);
  EXPECT_EQ(served_->figures().crowded, 2u);
  EXPECT_EQ(served_->figures().hurried + served_->figures().overloaded, 0u);
  stream.close();
  EXPECT_EQ(apps_[0]->closed_.get_future().get().second, close_reason::left);
  const auto admitted = [&] {
    plain_client again(at_);
    again.get("/v1/clients/0a/rows", "Connection: close\r\n");
    return again.hear_all().starts_with("HTTP/1.1 200");
  };
  while (!admitted()) std::this_thread::yield();
  EXPECT_EQ(served_->figures().timed_out, 0u) << "it is not the stream's place";
}

TEST_F(a_server, counts_no_connections_of_proxies_by_their_address) {
  server_options options;
  options.limits.connections_per_address_max = 1;
  options.address_rate_max = 1;
  options.proxies = *net::parse_networks("::1,127.0.0.0/8");
  begin(options);
  std::vector<plain_client> many;
  for (int i = 0; i < 20; ++i) {
    many.emplace_back(at_);
    many.back().get("/v1/clients/0a/rows");
    EXPECT_TRUE(many.back().hear_until("client 0a\n").starts_with("HTTP/1.1 200"));
  }
  EXPECT_EQ(served_->figures().crowded + served_->figures().hurried, 0u);
}

TEST_F(a_server, outlives_many_times_more_connections_than_its_limit) {
  server_options options;
  options.connections_max = 10;
  options.overload_room = 5;
  begin(options);
  std::vector<plain_client> crowd;
  for (int i = 0; i < 200; ++i) crowd.emplace_back(at_);
  for (auto& each : crowd) each.get("/v1/clients/0a/rows", "Connection: close\r\n");
  int served = 0;
  int turned_away = 0;
  for (auto& each : crowd) {
    const std::string heard = each.hear_all();
    served += heard.starts_with("HTTP/1.1 200");
    turned_away += heard.starts_with("HTTP/1.1 503");
  }
  EXPECT_EQ(served + turned_away, 200);
  EXPECT_GT(served, 0);
}

TEST_F(a_server, answers_408_to_a_head_that_never_ends) {
  server_options options;
  options.limits.head_time = milliseconds(1);
  begin(options);
  plain_client slow(at_);
  slow.say("GET /v1/clients/0a/rows HTTP/1.1\r\n");
  const std::string heard = slow.hear_all();
  EXPECT_TRUE(heard.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << heard;
  EXPECT_EQ(served_->figures().timed_out, 1u);
}

TEST_F(a_server, drains_by_ending_idle_connections_and_refusing_new_ones) {
  begin();
  plain_client idle(at_);
  idle.get("/v1/clients/0a/rows");
  idle.hear_until("client 0a\n");
  served_->drain();
  EXPECT_EQ(idle.hear_all(), "");
}

TEST_F(a_server, may_be_destroyed_with_connections_in_every_state) {
  begin();
  plain_client silent(at_);
  plain_client half(at_);
  half.say("GET /v1/cl");
  plain_client stream(at_);
  stream.get("/v1/clients/0a/events");
  stream.hear_until("data: 0\n\n");
  plain_client idle(at_);
  idle.get("/v1/clients/0a/rows");
  idle.hear_until("client 0a\n");
  cores_.stop();
  served_.reset();
  EXPECT_EQ(stream.hear_all(), "");
}

TEST_F(a_server, says_that_its_port_is_taken) {
  begin();
  net::core_set others(1);
  server_options options;
  options.listen.at = at_;
  server second(others, options, paths(), nullptr);
  try {
    second.listen();
    FAIL();
  } catch (const std::runtime_error& refused) {
    EXPECT_EQ(refused.what(), at_.to_string() + " is taken by another program; choose another with --http");
  }
}

}  // namespace
}  // namespace blotter::http
