#include "app/watch.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <thread>

#include "base/check.hpp"

namespace blotter::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

/// One connection to the server below, its request read.
class guest {
 public:
  guest(int socket, std::string request) : socket_(socket), request_(std::move(request)) {}
  ~guest() { ::close(socket_); }
  guest(const guest&) = delete;
  guest& operator=(const guest&) = delete;

  const std::string& request() const { return request_; }
  void say(const std::string& text) { ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); }
  void open_stream() { say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 10\n\n"); }
  void event(const std::string& name, const std::string& data, const std::string& id = "") {
    say("event: " + name + "\ndata: " + data + "\n" + (id.empty() ? "" : "id: " + id + "\n") + "\n");
  }
  void wait_for_close() {
    char byte = 0;
    while (::recv(socket_, &byte, 1, 0) > 0) {
    }
  }

 private:
  int socket_;
  std::string request_;
};

/// Serves its scripts, one a connection in the order in which they come, each on a thread of its own.
class scripted_server {
 public:
  using script = std::function<void(guest&)>;

  explicit scripted_server(std::vector<script> scripts) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    check(::bind(listener_, raw, size) == 0 && ::listen(listener_, 16) == 0);
    check(::getsockname(listener_, raw, &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this, all = std::move(scripts)] { accept(all); });
  }
  ~scripted_server() {
    finish();
    ::close(listener_);
  }

  /// Ends its threads: from then on what they wrote may be read. Connections must have been closed.
  void finish() {
    ::shutdown(listener_, SHUT_RDWR);
    if (acceptor_.joinable()) acceptor_.join();
    for (auto& one : guests_) one.join();
    guests_.clear();
  }

  http::client_url url(std::string target = "/") const { return {"127.0.0.1", port_, std::move(target)}; }

 private:
  void accept(const std::vector<script>& scripts) {
    for (const script& one : scripts) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      guests_.emplace_back([socket, one] {
        std::string request;
        char byte = 0;
        while (!request.ends_with("\r\n\r\n") && ::recv(socket, &byte, 1, 0) == 1) request += byte;
        guest served(socket, request);
        one(served);
      });
    }
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> guests_;
};

struct watched {
  int exit_code = -1;
  std::string text;
};

/// Watches until `enough` has been written, or for much longer than it could take.
watched watch_until(const std::string& enough, watch_options options) {
  watched out;
  bool stopped = false;
  const auto until = std::chrono::steady_clock::now() + 20s;
  options.write = [&](std::string_view text) {
    out.text += text;
    stopped = stopped || out.text.find(enough) != std::string::npos;
  };
  options.stop = [&] { return stopped || std::chrono::steady_clock::now() > until; };
  options.size = [] { return screen_size{24, 100}; };
  out.exit_code = watch(options);
  return out;
}

watch_options plain(const scripted_server& server) {
  watch_options options;
  options.url = server.url();
  options.client = "c1";
  return options;
}

const std::string hello = R"({"protocol":1,"member":"m-1","resumed":false,"reason":"new","beat":5})";
const std::string resumed = R"({"protocol":1,"member":"m-1","resumed":true,"beat":5})";
const std::string one_row = R"([{"key":"AAPL","v":[3,1842],"row":{"price":1.5}}])";
const std::string proof = R"({"count":1,"checksum":"49201d4efe39edbf"})";

void begin(guest& to) {
  to.open_stream();
  to.event("hello", hello);
  to.event("rows", one_row, "b1");
  to.event("live", proof, "b2");
}

TEST(watch, shows_rows_as_they_change_and_verifies_them) {
  scripted_server server({[](guest& to) {
    begin(to);
    to.wait_for_close();
  }});
  const watched out = watch_until("verified", plain(server));
  EXPECT_EQ(out.exit_code, 0);
  EXPECT_EQ(
      out.text,
      "hello " + hello + "\nAAPL 3:1842 {\"price\":1.5}\nlive: 1 rows, checksum 49201d4efe39edbf verified\n");
}

TEST(watch, asks_for_the_stream_of_its_client) {
  std::string request;
  scripted_server server({[&](guest& to) {
    request = to.request();
    begin(to);
    to.wait_for_close();
  }});
  watch_options options = plain(server);
  options.url = server.url("/prefix/");
  options.client = "a/b \xC3\xA4";
  options.bookmark = "b7";
  watch_until("live", options);
  server.finish();
  EXPECT_THAT(request, HasSubstr("GET /prefix/v1/clients/a%2Fb%20%C3%A4/events HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Accept: text/event-stream\r\n"));
  EXPECT_THAT(request, HasSubstr("Last-Event-ID: b7\r\n"));
}

TEST(watch, resumes_by_its_bookmark_when_the_stream_breaks) {
  std::string second;
  scripted_server server({begin, [&](guest& to) {
                            second = to.request();
                            to.open_stream();
                            to.event("hello", resumed);
                            to.event("live", proof, "b2");
                            to.wait_for_close();
                          }});
  const watched out = watch_until("\"resumed\":true", plain(server));
  server.finish();
  EXPECT_THAT(second, HasSubstr("Last-Event-ID: b2\r\n"));
  EXPECT_THAT(out.text, HasSubstr("connection lost: the answer has ended; trying again in 0.0 s\n"));
}

TEST(watch, takes_a_server_that_is_silent_for_two_and_a_half_beats_for_lost) {
  scripted_server server({[](guest& to) {
                            to.open_stream();
                            to.event("hello", R"({"member":"m","resumed":false,"beat":0.04})");
                            to.wait_for_close();  // by the watch, which is what this is about
                          },
                          begin});
  EXPECT_THAT(watch_until("verified", plain(server)).text,
              HasSubstr("connection lost: silent for 0.1 s; trying"));
}

TEST(watch, starts_over_when_its_rows_are_not_those_of_the_server) {
  std::string second;
  scripted_server server({[](guest& to) {
                            to.open_stream();
                            to.event("hello", hello);
                            to.event("rows", one_row, "b1");
                            to.event("live", R"({"count":2,"checksum":"0000000000000000"})", "b2");
                            to.wait_for_close();
                          },
                          [&](guest& to) {
                            second = to.request();
                            begin(to);
                            to.wait_for_close();
                          }});
  const watched out = watch_until("verified", plain(server));
  EXPECT_THAT(
      out.text,
      HasSubstr("checksum 49201d4efe39edbf WRONG\nconnection lost: these were not the server's rows"));
  server.finish();
  EXPECT_THAT(second, Not(HasSubstr("Last-Event-ID")));
}

TEST(watch, starts_over_when_an_event_cannot_be_understood) {
  std::string second;
  scripted_server server({[](guest& to) {
                            begin(to);
                            to.event("rows", "[{]", "b3");
                            to.wait_for_close();
                          },
                          [&](guest& to) {
                            second = to.request();
                            begin(to);
                          }});
  const watched out = watch_until("trying again in 0.0 s\nhello", plain(server));
  EXPECT_THAT(out.text, HasSubstr("connection lost: the server sent an event that cannot be understood"));
  server.finish();
  EXPECT_THAT(second, Not(HasSubstr("Last-Event-ID")));
}

TEST(watch, ends_when_the_server_refuses) {
  scripted_server server({[](guest& to) {
    to.say(
        "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\n\r\n"
        R"({"title":"Not Found","status":404,"detail":"no \u001b[2J such client"})");
  }});
  const watched out = watch_until("never", plain(server));
  EXPECT_EQ(out.exit_code, 1);
  EXPECT_EQ(out.text, "the server answered 404: Not Found, no \\u001b[2J such client\n");
}

TEST(watch, comes_back_when_the_server_is_only_busy) {
  scripted_server server(
      {[](guest& to) { to.say("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"); }, begin});
  EXPECT_THAT(watch_until("verified", plain(server)).text,
              HasSubstr("connection lost: the server answered 503: busy"));
}

TEST(watch, obeys_a_bye) {
  scripted_server server({[](guest& to) {
                            begin(to);
                            to.event("bye", R"({"code":1,"reason":"shutdown","reconnect":true})", "b2");
                            to.wait_for_close();
                          },
                          [](guest& to) {
                            begin(to);
                            to.event("bye", R"({"code":9,"reason":"gone","reconnect":false})", "b2");
                            to.wait_for_close();
                          }});
  const watched out = watch_until("never", plain(server));
  EXPECT_EQ(out.exit_code, 1);
  EXPECT_THAT(out.text, HasSubstr("connection lost: the server said bye: shutdown; trying again"));
  EXPECT_THAT(out.text, HasSubstr("the server said bye for good: gone\n"));
}

TEST(watch, opens_the_new_stream_before_it_drops_one_that_moves) {
  std::mutex guard;
  std::string order;
  const auto happened = [&](const std::string& what) {
    const std::lock_guard lock(guard);
    order += what + ' ';
  };
  scripted_server server({[&](guest& to) {
                            begin(to);
                            to.event("moving", R"({"reason":"drain"})", "b2");
                            to.wait_for_close();
                            happened("first-closed");
                          },
                          [&](guest& to) {
                            happened("second-asked");
                            to.open_stream();
                            to.event("hello", resumed);
                            to.event("live", proof, "b2");
                            to.wait_for_close();
                          }});
  const watched out = watch_until("\"resumed\":true", plain(server));
  EXPECT_THAT(out.text, Not(HasSubstr("connection lost")));
  const std::lock_guard lock(guard);
  EXPECT_TRUE(order.starts_with("second-asked")) << order;
}

TEST(watch, writes_a_line_of_json_for_each_event) {
  scripted_server server({[](guest& to) {
    begin(to);
    to.wait_for_close();
  }});
  watch_options options = plain(server);
  options.output = watch_output::json;
  EXPECT_EQ(watch_until("verified", options).text,
            "{\"event\":\"hello\",\"data\":" + hello + "}\n" +
                "{\"event\":\"rows\",\"id\":\"b1\",\"data\":" + one_row + "}\n" +
                "{\"event\":\"live\",\"id\":\"b2\",\"data\":" + proof + ",\"verified\":true}\n");
}

/// Watches once; what went to stderr is behind a `|`.
watched watch_once(watch_options options) {
  watched out;
  std::string complaints;
  options.once = true;
  options.write = [&](std::string_view text) { out.text += text; };
  options.complain = [&](std::string_view text) { complaints += '|' + std::string(text); };
  options.stop = [] { return false; };
  out.exit_code = watch(options);
  out.text += complaints;
  return out;
}

TEST(watch_once, writes_the_table_when_it_is_live) {
  scripted_server server({begin});
  const watched out = watch_once(plain(server));
  EXPECT_EQ(out.exit_code, 0);
  EXPECT_EQ(out.text, "key   price\nAAPL    1.5\nlive: 1 row, checksum 49201d4efe39edbf verified, m-1\n");
}

TEST(watch_once, writes_one_document_of_json) {
  scripted_server server({begin});
  watch_options options = plain(server);
  options.output = watch_output::json;
  const watched out = watch_once(options);
  EXPECT_EQ(out.exit_code, 0);
  EXPECT_EQ(out.text, R"({"client":"c1","member":"m-1","count":1,"checksum":"49201d4efe39edbf",)"
                      R"("verified":true,"bookmark":"b2","rows":[)"
                      "\n"
                      R"({"key":"AAPL","v":[3,1842],"row":{"price":1.5}})"
                      "\n]}\n");
}

TEST(watch_once, tries_again_when_the_stream_breaks_before_the_table_is_whole) {
  scripted_server server({[](guest& to) {
                            to.open_stream();
                            to.event("hello", hello);
                            to.event("rows", R"([{"key":"OLD","v":[1,1],"row":{}}])");
                          },
                          begin});
  const watched out = watch_once(plain(server));
  EXPECT_EQ(out.exit_code, 0);
  EXPECT_THAT(out.text, HasSubstr("AAPL    1.5\n"));
  EXPECT_THAT(out.text, Not(HasSubstr("OLD")));
  EXPECT_THAT(out.text, HasSubstr("|connection lost: the answer has ended; trying for 10.0 s"));
}

TEST(watch_once, waits_while_the_server_says_that_it_is_stale) {
  scripted_server server({[](guest& to) {
    to.open_stream();
    to.event("hello", hello);
    to.event("status", R"({"state":"stale","reason":"feed","text":"lost"})");
    to.event("rows", R"([{"key":"AAPL","v":[3,1841],"row":{"price":1}}])");
    to.event("live", R"({"count":1,"checksum":"2f481b80b61ebed4"})", "b1");
    to.event("rows", one_row, "b2");
    to.event("status", R"({"state":"current"})");
    to.event("beat", proof);
    to.wait_for_close();
  }});
  const watched out = watch_once(plain(server));
  EXPECT_EQ(out.exit_code, 0);
  EXPECT_THAT(out.text, HasSubstr("AAPL    1.5\n"));
}

TEST(watch_once, writes_nothing_and_says_why_when_its_time_is_over) {
  scripted_server server({[](guest& to) {
    to.open_stream();
    to.event("hello", hello);
    to.event("status", R"({"state":"stale","reason":"feed","text":"lost"})");
    to.event("rows", one_row, "b1");
    to.event("live", proof, "b2");
    to.wait_for_close();
  }});
  watch_options options = plain(server);
  options.timeout = 300ms;
  const watched out = watch_once(options);
  EXPECT_EQ(out.exit_code, 1);
  EXPECT_EQ(out.text, "|no table within 0.3 s: feed: lost");
}

TEST(watch_once, ends_when_the_server_refuses_even_without_a_word) {
  scripted_server server({[](guest& to) { to.say("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"); }});
  const watched out = watch_once(plain(server));
  EXPECT_EQ(out.exit_code, 1);
  EXPECT_EQ(out.text, "|the server answered 404");
}

TEST(watch, draws_a_screen_that_is_stale_while_the_server_is_away) {
  scripted_server server({begin});
  watch_options options = plain(server);
  options.output = watch_output::screen;
  const watched out = watch_until("STALE (", options);
  EXPECT_THAT(out.text, HasSubstr("AAPL"));
}

}  // namespace
}  // namespace blotter::app
