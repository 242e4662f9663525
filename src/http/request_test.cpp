#include "http/request.hpp"

#include <gtest/gtest.h>

#include "http/percent.hpp"
#include "http/routes.hpp"

namespace blotter::http {
namespace {

request asked(std::string_view target) {
  request made;
  const auto sound = read_target(target, made);
  EXPECT_TRUE(sound) << target;
  return made;
}

std::string refusal(std::string_view target) {
  request made;
  const auto sound = read_target(target, made);
  if (sound) return "";
  EXPECT_EQ(sound.error().status, 400u);
  return sound.error().detail;
}

TEST(request, decodes_each_segment_of_its_path_once) {
  using path = std::vector<std::string>;
  EXPECT_EQ(asked("/").path, (path{""}));
  EXPECT_EQ(asked("/v1/clients/a%2Fb/events").path, (path{"v1", "clients", "a/b", "events"}));
  EXPECT_EQ(asked("/%252F").path, (path{"%2F"}));
  EXPECT_EQ(asked("/%2e%2e/..").path, (path{"..", ".."}));
  EXPECT_EQ(asked("/a+b/%C3%A9/").path, (path{"a+b", "\xC3\xA9", ""}));
  EXPECT_EQ(asked("//x").path, (path{"", "x"}));
  EXPECT_EQ(asked("http://host:1/a?b=c").path, (path{"a"}));
  EXPECT_EQ(asked("http://host").path, (path{""}));
}

TEST(request, refuses_names_that_no_client_can_have) {
  for (const char* const bad : {"/%00", "/%0a", "/%1F", "/%7f", "/%", "/%4", "/%g0", "/%C3", "/%ff",
                                "/%ED%A0%80", "/%C0%AF", "x", "", "?a=b"})
    EXPECT_NE(refusal(bad), "") << bad;
}

TEST(request, reads_its_query) {
  const request made = asked("/x?a=1&b=%26%3D&c=+%2B&d=");
  EXPECT_EQ(made.parameters.find("a"), "1");
  EXPECT_EQ(made.parameters.find("b"), "&=");
  EXPECT_EQ(made.parameters.find("c"), " +");
  EXPECT_EQ(made.parameters.find("d"), "");
  EXPECT_EQ(made.parameters.find("e"), std::nullopt);
}

TEST(request, refuses_a_query_that_can_be_read_in_two_ways) {
  EXPECT_EQ(refusal("/x?a"), "The query must consist of name=value pairs.");
  EXPECT_EQ(refusal("/x?a=1&a=2"), "The query has a twice.");
  EXPECT_NE(refusal("/x?a=%0d%0a"), "");
  std::string many = "/x?";
  for (int i = 0; i < 33; ++i) many += "v" + std::to_string(i) + "=&";
  EXPECT_EQ(refusal(many), "The query has more than 32 values.");
}

TEST(request, takes_the_bookmark_from_the_header_before_the_query) {
  request made = asked("/e?bookmark=b1&beat=30");
  EXPECT_EQ(read_events_query(made)->bookmark, "b1");
  EXPECT_EQ(read_events_query(made)->beat_s, 30u);
  made.headers.push_back({"last-event-ID", "b2"});
  EXPECT_EQ(read_events_query(made)->bookmark, "b2");
  EXPECT_EQ(read_events_query(asked("/e"))->beat_s, 0u);
}

TEST(request, names_what_is_wrong_with_a_value) {
  for (const char* const beat : {"0", "31", "-1", "1.5", "x", "", "1 ", "99999999999"}) {
    const request made = asked(std::string("/e?beat=") + (beat[0] == '1' && beat[1] == ' ' ? "1+" : beat));
    const auto query = read_events_query(made);
    ASSERT_FALSE(query) << beat;
    EXPECT_EQ(query.error().detail, "beat must be a whole number from 1 to 30.");
  }
  const request misspelt = asked("/e?bookmrak=b");
  EXPECT_EQ(read_events_query(misspelt).error().detail, "There is no query value bookmrak here.");
  const request limit = asked("/c?limit=1001");
  EXPECT_EQ(read_clients_query(limit).error().detail, "limit must be a whole number from 1 to 1000.");
}

TEST(request, reads_what_a_list_of_clients_may_ask) {
  const request plain = asked("/c");
  EXPECT_EQ(read_clients_query(plain)->limit, 100u);
  const request full = asked("/c?prefix=a%2F&after=a%2Fb&limit=1000");
  EXPECT_EQ(read_clients_query(full)->prefix, "a/");
  EXPECT_EQ(read_clients_query(full)->after, "a/b");
  EXPECT_EQ(read_clients_query(full)->limit, 1000u);
}

TEST(routes, give_the_id_and_what_stood_for_each_capture) {
  const routes table({{"/v1/clients/{client}/events", 7, route_kind::events}, {"/v1/clients", 8}, {"/", 9}});
  request made = asked("/v1/clients/a%2Fb/events");
  ASSERT_NE(table.match(made), nullptr);
  EXPECT_EQ(made.route, 7u);
  EXPECT_EQ(made.captures, (std::vector<std::string>{"a/b"}));
  made = asked("/");
  ASSERT_NE(table.match(made), nullptr);
  EXPECT_EQ(made.route, 9u);
  for (const char* const unknown : {"/v1", "/v1/clients/", "/v1/clients//events", "/v1/clients/a/events/",
                                    "/V1/clients", "/v1%2Fclients", "/v1/clients/a/rows"}) {
    request other = asked(unknown);
    EXPECT_EQ(table.match(other), nullptr) << unknown;
  }
}

TEST(percent, refuses_text_with_controls_or_broken_utf8) {
  EXPECT_TRUE(is_plain_text("caf\xC3\xA9 \xF0\x9F\x98\x80"));
  EXPECT_FALSE(is_plain_text("a\nb"));
  EXPECT_FALSE(is_plain_text(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_plain_text("\xC3"));
  EXPECT_FALSE(is_plain_text("\xF8\x88\x80\x80\x80"));
}

}  // namespace
}  // namespace blotter::http
