#include "http/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <functional>
#include <future>
#include <thread>

namespace blotter::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;
using namespace std::chrono_literals;

/// Long enough for a busy machine; a test that waits so long has failed.
constexpr milliseconds forever = 20s;

/// Takes one connection on a free port, reads the head of its request, and then does as it is told.
class scripted_server {
 public:
  using script = std::function<void(tcp::socket&)>;

  explicit scripted_server(script then)
      : thread_([this, then = std::move(then)] {
          tcp::socket socket = acceptor_.accept();
          asio::read_until(socket, asio::dynamic_buffer(request_), "\r\n\r\n");
          asked_.set_value(request_);
          then(socket);
        }) {}
  ~scripted_server() { thread_.join(); }

  client_url url(std::string target = "/") const {
    return {"127.0.0.1", acceptor_.local_endpoint().port(), std::move(target)};
  }
  std::string request() { return asked_.get_future().get(); }

 private:
  asio::io_context loop_;
  tcp::acceptor acceptor_{loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::string request_;
  std::promise<std::string> asked_;
  std::thread thread_;
};

void say(tcp::socket& socket, std::string_view text) {
  asio::write(socket, asio::buffer(text));
}

/// Until the client has closed.
void wait_for_close(tcp::socket& socket) {
  char byte = 0;
  error_code ended;
  while (!ended) socket.read_some(asio::buffer(&byte, 1), ended);
}

struct body {
  std::string text;
  error_code end;
};

body read_all(client& from) {
  body out;
  while (true) {
    const bool had_head = from.head() != nullptr;
    const auto bytes = from.read(forever);
    if (!bytes) {
      out.end = bytes.error();
      return out;
    }
    if (bytes->empty() && had_head) return out;  // time is up; `end` stays unset
    out.text += *bytes;
  }
}

TEST(http_client, reads_an_answer_of_known_length) {
  scripted_server server([](tcp::socket& socket) {
    say(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
    wait_for_close(socket);
  });
  client one({server.url("/a%20b?c=d"), {{"Last-Event-ID", "b1"}}});
  EXPECT_EQ(one.head(), nullptr);
  const body got = read_all(one);
  EXPECT_EQ(got.text, "hello");
  EXPECT_EQ(got.end, client_errc::ended);
  ASSERT_NE(one.head(), nullptr);
  EXPECT_EQ(one.head()->status, 200u);
  EXPECT_EQ(one.head()->header("content-type"), "text/plain");
  EXPECT_EQ(one.head()->header("x"), "");
  const std::string asked = server.request();
  EXPECT_THAT(asked, HasSubstr("GET /a%20b?c=d HTTP/1.1\r\n"));
  EXPECT_THAT(asked, HasSubstr("Host: " + server.url().authority() + "\r\n"));
  EXPECT_THAT(asked, HasSubstr("Last-Event-ID: b1\r\n"));
}

TEST(http_client, gives_the_bytes_of_a_stream_as_they_come) {
  std::promise<void> first_seen;
  scripted_server server([&](tcp::socket& socket) {
    say(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nfirst\n\r\n");
    first_seen.get_future().wait();
    say(socket, "7\r\nsecond\n\r\n");
    wait_for_close(socket);
  });
  client one({server.url(), {}});
  std::string text;
  while (text.size() < 6) text += one.read(forever).value();
  EXPECT_EQ(text, "first\n");
  EXPECT_EQ(one.read(0ms).value(), "");
  first_seen.set_value();
  while (text.size() < 13) text += one.read(forever).value();
  EXPECT_EQ(text, "first\nsecond\n");
}

TEST(http_client, reads_until_the_connection_closes_when_no_length_is_told) {
  scripted_server server([](tcp::socket& socket) { say(socket, "HTTP/1.1 200 OK\r\n\r\nall of it"); });
  client one({server.url(), {}});
  const body got = read_all(one);
  EXPECT_EQ(got.text, "all of it");
  EXPECT_EQ(got.end, client_errc::ended);
}

TEST(http_client, tells_a_stream_that_was_cut_from_one_that_ended) {
  scripted_server server([](tcp::socket& socket) {
    say(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
  });
  client one({server.url(), {}});
  const body got = read_all(one);
  EXPECT_EQ(got.text, "half");
  EXPECT_EQ(got.end, boost::beast::http::error::partial_message);
  EXPECT_EQ(one.read(forever).error(), got.end) << "an error is final";
}

TEST(http_client, carries_a_body_larger_than_its_buffer) {
  const std::string large(300'000, 'x');
  scripted_server server([&](tcp::socket& socket) {
    say(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n493e0\r\n" + large + "\r\n0\r\n\r\n");
    wait_for_close(socket);
  });
  client one({server.url(), {}});
  const body got = read_all(one);
  EXPECT_EQ(got.text, large);
  EXPECT_EQ(got.end, client_errc::ended);
}

TEST(http_client, gives_up_on_a_server_that_never_answers) {
  scripted_server server([](tcp::socket& socket) {
    say(socket, "HTTP/1.1 200 OK\r\n");  // and no more
    wait_for_close(socket);
  });
  client one({server.url(), {}, 50ms});
  EXPECT_EQ(read_all(one).end, client_errc::no_answer);
  EXPECT_EQ(one.head(), nullptr);
}

TEST(http_client, has_no_deadline_once_the_head_has_come) {
  std::promise<void> late;
  scripted_server server([&](tcp::socket& socket) {
    say(socket, "HTTP/1.1 200 OK\r\n\r\n");
    late.get_future().wait();
    say(socket, "late");
    wait_for_close(socket);
  });
  client one({server.url(), {}, 50ms});
  while (!one.head()) EXPECT_EQ(one.read(forever).value(), "");
  EXPECT_EQ(one.read(100ms).value(), "") << "twice the deadline";
  late.set_value();
  EXPECT_EQ(one.read(forever).value(), "late");
}

TEST(http_client, says_why_it_could_not_connect) {
  asio::io_context loop;
  tcp::acceptor taken(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const std::uint16_t port = taken.local_endpoint().port();
  taken.close();
  client one({{"127.0.0.1", port, "/"}, {}});
  EXPECT_EQ(read_all(one).end, asio::error::connection_refused);
}

TEST(http_client, refuses_an_answer_that_is_not_http) {
  scripted_server server([](tcp::socket& socket) { say(socket, "SSH-2.0-OpenSSH\r\n\r\n"); });
  client one({server.url(), {}});
  EXPECT_EQ(read_all(one).end, boost::beast::http::error::bad_version);
}

TEST(http_client, refuses_an_endless_head) {
  scripted_server server([](tcp::socket& socket) {
    error_code closed;
    asio::write(socket, asio::buffer("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x')), closed);
    wait_for_close(socket);
  });
  client one({server.url(), {}});
  EXPECT_EQ(read_all(one).end, boost::beast::http::error::header_limit);
}

TEST(http_client, refuses_a_header_that_would_smuggle_another) {
  client one({{"127.0.0.1", 1, "/"}, {{"Last-Event-ID", "a\r\nX: b"}}});
  EXPECT_EQ(one.read(forever).error(), client_errc::bad_header);
}

TEST(http_client, may_be_dropped_at_any_time) {
  asio::io_context loop;
  const tcp::acceptor silent(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  for (const milliseconds wait : {0ms, 1ms, 5ms, 20ms}) {
    client one({{"127.0.0.1", silent.local_endpoint().port(), "/"}, {}});
    EXPECT_EQ(one.read(wait).value(), "");
  }
  client never_used({{"127.0.0.1", 1, "/"}, {}});
}

TEST(client_url, is_read_with_and_without_its_parts) {
  const auto shown = [](std::string_view text) {
    const auto url = parse_url(text);
    return url ? url->host + '|' + std::to_string(url->port) + '|' + url->target : url.error().message();
  };
  EXPECT_EQ(shown("http://localhost:8080"), "localhost|8080|/");
  EXPECT_EQ(shown("HTTP://a.example"), "a.example|80|/");
  EXPECT_EQ(shown("http://a.example/b/c?d=e"), "a.example|80|/b/c?d=e");
  EXPECT_EQ(shown("http://a.example?d"), "a.example|80|/?d");
  EXPECT_EQ(shown("http://[::1]:80/x"), "::1|80|/x");
  for (const char* bad :
       {"", "localhost:8080", "https://a", "http://", "http://:80", "http://a:", "http://a:0",
        "http://a:65536", "http://a:8x", "http://u@a", "http://a/#f", "http://a b", "http://[::1",
        "http://[::1]x", "http://a/\r\nX:y", "http://a/\xC3\xA4"}) {
    EXPECT_EQ(shown(bad), "must be http://HOST[:PORT][/PATH]") << bad;
  }
}

TEST(client_url, names_its_authority) {
  EXPECT_EQ(parse_url("http://[::1]:8080")->authority(), "[::1]:8080");
  EXPECT_EQ(parse_url("http://a.example")->authority(), "a.example");
}

TEST(percent_encode, leaves_only_what_is_safe) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a/b c%\xC3\xA4?"), "a%2Fb%20c%25%C3%A4%3F");
}

}  // namespace
}  // namespace blotter::http
