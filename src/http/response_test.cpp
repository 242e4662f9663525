#include "http/response.hpp"

#include <gtest/gtest.h>

#include <set>

#include "http/cors.hpp"
#include "http/overload.hpp"
#include "http/problem.hpp"

namespace blotter::http {
namespace {

request from(std::string origin) {
  request asked;
  asked.headers.push_back({"Origin", std::move(origin)});
  return asked;
}

TEST(response, tells_its_length_and_what_becomes_of_the_connection) {
  const response plain = text("ok\n");
  EXPECT_EQ(encode_head(plain, connection_after::keep, "", ""),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
            "Cache-Control: no-store\r\n\r\n");
  EXPECT_EQ(encode_head({204, {}, {}, {}}, connection_after::close, "A: b\r\n", "now"),
            "HTTP/1.1 204 No Content\r\nDate: now\r\nA: b\r\nConnection: close\r\n\r\n");
}

TEST(response, has_a_body_of_any_owner) {
  response answer;
  EXPECT_EQ(answer.body_view(), "");
  answer.body = shared_bytes("shared");
  EXPECT_EQ(answer.body_view(), "shared");
  answer.body = std::string_view("fixed");
  EXPECT_EQ(answer.body_view(), "fixed");
}

TEST(problem, is_json_whatever_its_detail_holds) {
  const response answer = to_response({404, "no \"x\\y\" here", {{"A", "b"}}});
  EXPECT_EQ(answer.status, 404u);
  EXPECT_EQ(answer.content_type, "application/problem+json");
  EXPECT_EQ(answer.headers[0].name, "A");
  EXPECT_EQ(answer.body_view(),
            "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":\"no \\\"x\\\\y\\\" "
            "here\"}\n");
}

TEST(cors, is_silent_unless_set) {
  EXPECT_EQ(cors({}).lines(from("https://a.example")), "");
  EXPECT_EQ(cors({}).preflight_lines(from("https://a.example")), "Allow: GET, HEAD, OPTIONS\r\n");
}

TEST(cors, names_only_origins_of_its_list) {
  const cors allowed({"https://a.example", "https://b.example"});
  EXPECT_EQ(allowed.lines(from("https://b.example")),
            "Vary: Origin\r\nAccess-Control-Allow-Origin: https://b.example\r\n");
  EXPECT_EQ(allowed.lines(from("https://c.example")), "Vary: Origin\r\n");
  EXPECT_EQ(allowed.lines({}), "Vary: Origin\r\n");
  EXPECT_EQ(allowed.preflight_lines(from("https://c.example")),
            "Allow: GET, HEAD, OPTIONS\r\nVary: Origin\r\n");
  EXPECT_NE(allowed.preflight_lines(from("https://a.example"))
                .find("Access-Control-Allow-Headers: authorization, last-event-id, cache-control\r\n"),
            std::string::npos);
}

TEST(cors, allows_every_origin_when_told_so) {
  EXPECT_EQ(cors({"*"}).lines({}), "Access-Control-Allow-Origin: *\r\n");
  EXPECT_NE(cors({"*"}).preflight_lines({}).find("Access-Control-Max-Age: "), std::string::npos);
}

TEST(overload, spreads_its_delay_from_3_to_15_seconds) {
  std::set<int> seconds;
  for (std::uint64_t chance = 0; chance < 200; ++chance) {
    const std::string said = overload_events({}, chance);
    ASSERT_TRUE(said.starts_with("retry: "));
    const int delay = std::stoi(said.substr(7));
    ASSERT_GE(delay, 3000);
    ASSERT_LE(delay, 15'000);
    seconds.insert(delay / 1000);
  }
  EXPECT_GE(seconds.size(), 12u);
}

TEST(overload, gives_the_bookmark_back_unless_it_could_be_no_bookmark) {
  request asked;
  EXPECT_EQ(overload_events(asked, 1).find("id:"), std::string::npos);
  asked.headers = {{"Last-Event-ID", "v1.a-b_c~"}};
  EXPECT_TRUE(overload_events(asked, 1).ends_with("id: v1.a-b_c~\n\n"));
  for (const std::string& forged : {std::string("a\ndata: x"), std::string("a b"), std::string(4097, 'a')}) {
    asked.headers = {{"Last-Event-ID", forged}};
    EXPECT_EQ(overload_events(asked, 1).find("id:"), std::string::npos);
  }
}

}  // namespace
}  // namespace blotter::http
