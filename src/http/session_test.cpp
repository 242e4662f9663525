#include "http/session.hpp"

#include <gtest/gtest.h>

#include <boost/beast/_experimental/test/stream.hpp>
#include <optional>

#include "base/json_text.hpp"

namespace blotter::http {

using test_stream = boost::beast::test::basic_stream<session_executor>;

template <>
struct stream_access<test_stream> {
  static void cancel(test_stream& stream) { stream.close(); }
  static int release(test_stream&) { return -1; }
};

namespace {

enum : unsigned { route_events = 1, route_rows, route_late, route_drop };

/// Answers at once, later, or never.
class scripted_app final : public service {
 public:
  unsigned owner(const request&) override { return 0; }
  void serve(request asked, responder answer) override {
    last = asked;
    ++served;
    if (asked.route == route_drop) return;
    if (asked.route == route_late) {
      later.emplace(std::move(answer));
      return;
    }
    if (asked.route == route_events) {
      EXPECT_EQ(answer.stream(), viewer::none);
      return;
    }
    std::string body = "{\"client\":";
    append_json_string(body, asked.captures[0]);
    answer.send(json(body + "}"));
  }
  request last;
  int served = 0;
  std::optional<responder> later;
};

class lone_home final : public session_home {
 public:
  explicit lone_home(site& shared) : session_home(0, shared, nullptr, 1) {}
  bool hand_over(unsigned, int, handover&) override { return false; }
};

constexpr std::array<embedded_file, 1> page{{{"index.html", "<p>page", "05"}}};

/// One connection, its two ends, and a home whose clock stands still until it is swept.
struct conversation {
  explicit conversation(session_limits limits = {}, boost::beast::test::fail_count* fails = nullptr)
      : shared(limits,
               routes({{"/e/{c}", route_events, route_kind::events},
                       {"/r/{c}", route_rows},
                       {"/late", route_late},
                       {"/drop", route_drop}}),
               cors({"https://a.example"}), &files) {
    home.app = &app;
    home.sweep(now, "");
    test_stream server_end = fails ? test_stream(loop, *fails) : test_stream(loop);
    client.connect(server_end);
    handover begun;
    begun.admitted = admitted;
    begun.taken = seat(shared.sessions);
    start_session(home, std::move(server_end), std::move(begun));
    run();
  }
  void run() {
    loop.restart();
    loop.poll();
  }
  void say(std::string_view bytes) {
    error_code failed;
    boost::asio::write(client, boost::asio::buffer(bytes.data(), bytes.size()), failed);
    run();
  }
  void pass(milliseconds time) {
    now += time;
    home.sweep(now, "");
    run();
  }
  std::string heard() {
    run();
    std::string all(client.str());
    client.clear();
    return all;
  }
  std::string answer(std::string_view bytes) {
    say(bytes);
    return heard();
  }

  boost::asio::io_context loop;
  static_files files{page};
  site shared;
  admission admitted = admission::normal;
  instant now{std::chrono::hours(1)};
  scripted_app app;
  lone_home home{shared};
  test_stream client{loop};
};

std::string get(std::string_view target, std::string_view lines = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(lines) + "\r\n";
}

bool says(const std::string& heard, std::string_view what) {
  return heard.find(what) != std::string::npos;
}

#define EXPECT_SAYS(heard, what) EXPECT_TRUE(says(heard, what)) << heard

TEST(session, answers_requests_one_after_the_other_on_one_connection) {
  conversation with;
  for (int i = 0; i < 3; ++i) {
    const std::string heard = with.answer(get("/r/c1"));
    EXPECT_TRUE(heard.starts_with("HTTP/1.1 200 OK\r\n")) << heard;
    EXPECT_FALSE(says(heard, "Connection: close"));
    EXPECT_TRUE(heard.ends_with("\r\n\r\n{\"client\":\"c1\"}")) << heard;
  }
  EXPECT_EQ(with.home.size(), 1u);
  with.client.close();
  with.run();
  EXPECT_EQ(with.home.size(), 0u);
  EXPECT_EQ(with.shared.sessions, 0u);
}

TEST(session, understands_a_request_however_its_bytes_are_cut) {
  const std::string whole = get("/r/a%2Fb", "Last-Event-ID: x\r\n");
  conversation with;
  for (const char each : whole) with.say({&each, 1});
  EXPECT_SAYS(with.heard(), "{\"client\":\"a/b\"}");
  EXPECT_EQ(with.app.last.header("last-event-id"), "x");
}

TEST(session, answers_pipelined_requests_in_order) {
  conversation with;
  const std::string heard = with.answer(get("/r/1") + get("/late") + get("/r/2"));
  EXPECT_SAYS(heard, "{\"client\":\"1\"}");
  EXPECT_FALSE(says(heard, "{\"client\":\"2\"}"));
  with.app.later->send(text("late"));
  const std::string rest = with.heard();
  EXPECT_LT(rest.find("late"), rest.find("{\"client\":\"2\"}"));
  EXPECT_SAYS(rest, "{\"client\":\"2\"}");
}

TEST(session, ends_after_the_answer_when_asked_to) {
  for (const std::string& last :
       {get("/r/1", "Connection: close\r\n"), std::string("GET /r/1 HTTP/1.0\r\n\r\n")}) {
    conversation with;
    EXPECT_SAYS(with.answer(last), "Connection: close\r\n");
    EXPECT_EQ(with.home.size(), 0u);
  }
}

TEST(session, serves_files_with_head_and_without_body_twice) {
  conversation with;
  EXPECT_TRUE(with.answer(get("/")).ends_with("\r\n\r\n<p>page"));
  const std::string head = with.answer("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_SAYS(head, "Content-Length: 7\r\n");
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  const std::string unchanged = with.answer(get("/", "If-None-Match: \"05\"\r\n"));
  EXPECT_SAYS(unchanged, "HTTP/1.1 304 Not Modified\r\n");
  EXPECT_TRUE(unchanged.ends_with("\r\n\r\n"));
  EXPECT_TRUE(with.answer(get("/r/1")).ends_with("}"));  // nothing was out of step
}

TEST(session, refuses_what_is_not_served_here) {
  struct trial {
    std::string asked;
    std::string answer;
  };
  const std::string long_line(20'000, 'a');
  for (const trial& each : {
           trial{get("/nothing"), "HTTP/1.1 404 Not Found"},
           trial{get("/r/%00"), "HTTP/1.1 400 Bad Request"},
           trial{get("/r/%zz"), "HTTP/1.1 400 Bad Request"},
           trial{get("/r/%ff"), "HTTP/1.1 400 Bad Request"},
           trial{"POST /r/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
                 "HTTP/1.1 405 Method Not Allowed"},
           trial{"BREW /r/1 HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
           trial{"HEAD /e/1 HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
           trial{get("/r/1", "Content-Length: 1\r\n") + "x", "HTTP/1.1 413 Content Too Large"},
           trial{get("/r/1", "Transfer-Encoding: chunked\r\n"), "HTTP/1.1 413 Content Too Large"},
           trial{"GET /r/1 HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
           trial{get("/r/1", "Host: two\r\n"), "HTTP/1.1 400 Bad Request"},
           trial{"GET /r/1 HTTP/2.0\r\n\r\n", "HTTP/1.1 505 "},
           trial{"\x16\x03\x01\x02", "HTTP/1.1 400 Bad Request"},
           trial{get("/r/1", "A: " + long_line + "\r\n"), "HTTP/1.1 431 "},
           trial{get("/" + long_line), "HTTP/1.1 414 "},
           trial{get("/" + long_line.substr(0, 8'192)), "HTTP/1.1 414 "},
           trial{"GET /" + long_line, "HTTP/1.1 414 "},
       }) {
    conversation with;
    const std::string heard = with.answer(each.asked);
    EXPECT_TRUE(heard.starts_with(each.answer)) << each.asked.substr(0, 80) << '\n' << heard;
    EXPECT_SAYS(heard, "Content-Type: application/problem+json\r\n");
    EXPECT_EQ(says(heard, "\r\nAllow: GET"), says(each.answer, "405"));
    EXPECT_EQ(with.app.served, 0);
  }
}

TEST(session, takes_a_head_of_15_KiB_and_refuses_a_flood_of_lines) {
  conversation with;
  EXPECT_SAYS(with.answer(get("/r/1", "Last-Event-ID: " + std::string(15'000, 'b') + "\r\n")), " 200 OK");
  std::string flood = "GET /r/1 HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 5000; ++i) flood += "A: b\r\n";
  const std::string heard = with.answer(flood);
  EXPECT_SAYS(heard, "HTTP/1.1 431 ");
  EXPECT_SAYS(heard, "Connection: close");
}

TEST(session, counts_why_it_refused_a_head) {
  conversation with;
  EXPECT_SAYS(with.answer(get("/r/" + std::string(8'189, 'a'))), "HTTP/1.1 200 OK");
  EXPECT_SAYS(with.answer(get("/r/" + std::string(8'190, 'a'))), "HTTP/1.1 414 URI Too Long");
  EXPECT_EQ(with.home.figures.urls_too_long, 1u);
  EXPECT_EQ(with.home.figures.heads_too_long, 0u);
  conversation lines;
  lines.answer(get("/r/1", "A: " + std::string(20'000, 'a') + "\r\n"));
  EXPECT_EQ(lines.home.figures.urls_too_long, 0u);
  EXPECT_EQ(lines.home.figures.heads_too_long, 1u);
  EXPECT_EQ(lines.home.figures.refused, 1u);
}

TEST(session, answers_preflights_for_origins_of_its_list) {
  conversation with;
  const std::string heard = with.answer(
      "OPTIONS /e/1 HTTP/1.1\r\nHost: h\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: "
      "GET\r\n\r\n");
  EXPECT_SAYS(heard, "HTTP/1.1 204 No Content\r\n");
  EXPECT_SAYS(heard, "Access-Control-Allow-Origin: https://a.example\r\n");
  EXPECT_SAYS(with.answer("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), "Allow: GET, HEAD, OPTIONS\r\n");
  EXPECT_SAYS(with.answer(get("/r/1", "Origin: https://a.example\r\n")),
              "Access-Control-Allow-Origin: https://a");
}

TEST(session, answers_408_when_a_head_comes_too_slowly) {
  conversation with;
  with.say("GET /r/1 HT");
  with.pass(milliseconds(9'999));
  EXPECT_EQ(with.heard(), "");
  with.say("T");  // a drop now and then does not help
  with.pass(milliseconds(1));
  EXPECT_EQ(with.home.size(), 0u);
  EXPECT_EQ(with.home.figures.timed_out, 1u);
  EXPECT_EQ(with.home.figures.heads_too_late, 1u);
}

TEST(session, ends_silent_and_idle_connections_without_a_word) {
  conversation silent;
  silent.pass(milliseconds(10'000));
  EXPECT_EQ(silent.heard(), "");
  EXPECT_EQ(silent.home.size(), 0u);

  conversation idle;
  EXPECT_SAYS(idle.answer(get("/r/1")), "200 OK");
  idle.pass(milliseconds(59'000));
  EXPECT_EQ(idle.home.size(), 1u);
  idle.pass(milliseconds(1'000));
  EXPECT_EQ(idle.home.size(), 0u);
  EXPECT_EQ(idle.home.figures.idled, 1u);
  EXPECT_EQ(silent.home.figures.idled, 0u);
}

TEST(session, answers_503_when_the_application_takes_too_long) {
  conversation with;
  EXPECT_EQ(with.answer(get("/late")), "");
  EXPECT_TRUE(with.app.later->wanted());
  with.pass(milliseconds(30'000));
  const std::string heard = with.heard();
  EXPECT_SAYS(heard, "HTTP/1.1 503 ");
  EXPECT_SAYS(heard, "Retry-After: ");
  EXPECT_FALSE(with.app.later->wanted());
  with.app.later->send(text("too late"));
  EXPECT_EQ(with.heard(), "");
}

TEST(session, answers_500_when_the_application_drops_the_request) {
  conversation with;
  EXPECT_SAYS(with.answer(get("/drop")), "HTTP/1.1 500 ");
  EXPECT_SAYS(with.answer(get("/e/1")), "HTTP/1.1 500 ");  // no streams here
}

TEST(session, tells_viewers_to_come_back_later_in_a_way_that_a_browser_survives) {
  session_limits none;
  none.viewers_max = 0;
  conversation with(none);
  const std::string heard = with.answer(get("/e/1", "Last-Event-ID: b1\r\n"));
  EXPECT_TRUE(heard.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")) << heard;
  EXPECT_SAYS(heard, "Connection: close\r\n");
  EXPECT_TRUE(heard.ends_with("\"reconnect\":true}\nid: b1\n\n")) << heard;
  EXPECT_EQ(with.app.served, 0);
}

TEST(session, is_retired_at_once_when_idle_and_after_its_answer_when_busy) {
  conversation idle;
  idle.answer(get("/r/1"));
  idle.home.retire();
  idle.run();
  EXPECT_EQ(idle.home.size(), 0u);

  conversation busy;
  busy.answer(get("/late"));
  busy.home.retire();
  busy.app.later->send(text("done"));
  const std::string heard = busy.heard();
  EXPECT_SAYS(heard, "Connection: close\r\n");
  EXPECT_TRUE(heard.ends_with("done"));
  EXPECT_EQ(busy.home.size(), 0u);
}

TEST(session, may_be_destroyed_with_its_loop_while_it_waits) {
  std::optional<responder> kept;
  {
    conversation reading;
    reading.say("GET /");
    conversation answering;
    answering.say(get("/late"));
    kept.emplace(std::move(*answering.app.later));
  }
  EXPECT_FALSE(kept->wanted());
  kept->send(text("to nobody"));
}

TEST(session, ends_cleanly_whichever_operation_fails) {
  bool finished = false;
  for (std::size_t n = 0; n < 100 && !finished; ++n) {
    boost::beast::test::fail_count fails(n);
    conversation with({}, &fails);
    std::string heard = with.answer(get("/r/1"));
    heard += with.answer(get("/late"));
    if (with.app.later) with.app.later->send(text("late"));
    heard += with.heard();
    heard += with.answer(get("/", "Connection: close\r\n"));
    finished = heard.ends_with("<p>page");
    with.client.close();
    with.run();
    EXPECT_EQ(with.home.size(), 0u) << n;
    EXPECT_EQ(with.shared.sessions, 0u) << n;
    EXPECT_EQ(finished, n > 6) << n;  // three reads, three writes
  }
  EXPECT_TRUE(finished);
}

}  // namespace
}  // namespace blotter::http
