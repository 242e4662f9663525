#include "serve/authorize.hpp"

#include <gtest/gtest.h>

#include "serve/requests.hpp"

namespace blotter::serve {
namespace {

http::request request_for(std::string client) {
  http::request asked;
  asked.route = static_cast<unsigned>(asked_for::events);
  asked.captures = {std::move(client)};
  return asked;
}

const wall_time noon(std::chrono::hours(500'000));

TEST(authorize, lets_everybody_see_the_client_that_the_path_names) {
  http::request asked = request_for("c1");
  EXPECT_EQ(authorize(asked, {}, noon).value(), "c1");
  asked.headers.push_back({"Authorization", "Bearer of nothing"});
  EXPECT_EQ(authorize(asked, {}, noon).value(), "c1");
  const http::request longest = request_for(std::string(255, 'c'));
  EXPECT_EQ(authorize(longest, {}, noon).value(), longest.captures.front());
}

TEST(authorize, says_why_it_refuses) {
  const auto refused = authorize(request_for(std::string(256, 'c')), {}, noon);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 400u);
  EXPECT_EQ(refused.error().detail, "a client id has at most 255 bytes");
}

struct ticketed : testing::Test {
  const std::shared_ptr<const auth::ticket_keys> keys =
      std::make_shared<const auth::ticket_keys>(auth::ticket_keys::parse(std::string(40, 'k')).value());
  const admission node{keys, "n1"};

  http::request showing(const std::string& ticket) {
    http::request asked = request_for("c1");
    EXPECT_TRUE(http::read_target("/v1/clients/c1/events?ticket=" + ticket, asked));
    return asked;
  }
  /// 200 for a client that is served.
  unsigned status_of(const http::request& asked, wall_time now = noon) {
    const auto client = authorize(asked, node, now);
    return client ? 200 : client.error().status;
  }
  std::string ticket_for(const char* client, const char* member) const {
    return keys->sign({client, member, noon + ticket_time});
  }
};

TEST_F(ticketed, serves_the_client_of_the_ticket) {
  EXPECT_EQ(status_of(showing(ticket_for("c1", "n1"))), 200u);
}

TEST_F(ticketed, refuses_who_has_none_or_another) {
  EXPECT_EQ(status_of(request_for("c1")), 401u);
  EXPECT_EQ(status_of(showing("")), 403u);
  EXPECT_EQ(status_of(showing("a.b.c")), 403u);
  EXPECT_EQ(status_of(showing(ticket_for("c2", "n1"))), 403u);
  EXPECT_EQ(status_of(showing(ticket_for("c1", "n2"))), 403u);
  EXPECT_EQ(status_of(showing(ticket_for("c1", "n1")), noon + std::chrono::minutes(2)), 403u);
  const auto others = auth::ticket_keys::parse(std::string(40, 'x')).value();
  EXPECT_EQ(status_of(showing(others.sign({"c1", "n1", noon + ticket_time}))), 403u);
}

TEST(requests, are_about_one_client_where_its_rows_are_asked_for) {
  http::request asked = request_for("c1");
  EXPECT_TRUE(is_about_one_client(asked));
  asked.route = static_cast<unsigned>(asked_for::rows);
  EXPECT_TRUE(is_about_one_client(asked));
  asked.route = static_cast<unsigned>(asked_for::place);
  EXPECT_TRUE(is_about_one_client(asked));
  asked.route = static_cast<unsigned>(asked_for::clients);
  EXPECT_FALSE(is_about_one_client(asked));
}

}  // namespace
}  // namespace blotter::serve
