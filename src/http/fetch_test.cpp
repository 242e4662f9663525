#include "http/fetch.hpp"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

#include "http/client.hpp"

namespace blotter::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

/// Answers one request with these bytes and closes, in the same loop; with none it never answers.
struct answering {
  explicit answering(std::string with) : answer(std::move(with)) {
    door.async_accept([this](error_code, tcp::socket taken) {
      socket = std::move(taken);
      asio::async_read_until(socket, asio::dynamic_buffer(asked), "\r\n\r\n",
                             [this](error_code, std::size_t) {
                               if (answer.empty()) return;
                               asio::write(socket, asio::buffer(answer));
                               socket.close();
                             });
    });
  }
  result<fetched> get(const std::string& target, fetch_limits limits = {20s, 100}) {
    std::optional<result<fetched>> got;
    const auto at = net::endpoint::parse("127.0.0.1:" + std::to_string(door.local_endpoint().port()));
    fetch(loop, *at, target, limits, [&](result<fetched> found) { got = std::move(found); });
    EXPECT_FALSE(got) << "not within the call";
    while (!got) loop.run_one();
    return *got;
  }

  asio::io_context loop;
  tcp::acceptor door{loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  tcp::socket socket{loop};
  std::string answer, asked;
};

TEST(fetch, gives_status_and_body) {
  answering server("HTTP/1.1 503 Later\r\nContent-Length: 5\r\n\r\nlater");
  const auto got = server.get("/v1/clients?prefix=a%20b");
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->status, 503u);
  EXPECT_EQ(got->body, "later");
  EXPECT_TRUE(server.asked.starts_with("GET /v1/clients?prefix=a%20b HTTP/1.1\r\n")) << server.asked;
}

TEST(fetch, refuses_a_body_larger_than_agreed) {
  answering server("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'));
  EXPECT_EQ(server.get("/").error(), boost::beast::http::error::body_limit);
}

TEST(fetch, gives_up_at_its_deadline) {
  answering server("");
  EXPECT_EQ(server.get("/", {1ms, 100}).error(), make_error_code(client_errc::no_answer));
}

TEST(fetch, tells_that_an_answer_broke_off) {
  answering server("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
  EXPECT_FALSE(server.get("/"));
}

TEST(fetch, tells_that_nobody_is_there) {
  answering server("");
  const auto at = net::endpoint::parse("127.0.0.1:" + std::to_string(server.door.local_endpoint().port()));
  server.door.close();
  std::optional<result<fetched>> got;
  fetch(server.loop, *at, "/", {20s, 100}, [&](result<fetched> found) { got = std::move(found); });
  while (!got) server.loop.run_one();
  EXPECT_EQ(got->error(), asio::error::connection_refused);
}

}  // namespace
}  // namespace blotter::http
