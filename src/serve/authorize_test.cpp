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

TEST(authorize, lets_everybody_see_the_client_that_the_path_names) {
  http::request asked = request_for("c1");
  EXPECT_EQ(authorize(asked).value(), "c1");
  asked.headers.push_back({"Authorization", "Bearer of nothing"});
  EXPECT_EQ(authorize(asked).value(), "c1");
  const http::request longest = request_for(std::string(255, 'c'));
  EXPECT_EQ(authorize(longest).value(), longest.captures.front());
}

TEST(authorize, says_why_it_refuses) {
  const auto refused = authorize(request_for(std::string(256, 'c')));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 400u);
  EXPECT_EQ(refused.error().detail, "a client id has at most 255 bytes");
}

TEST(requests, are_about_one_client_where_its_rows_are_asked_for) {
  http::request asked = request_for("c1");
  EXPECT_TRUE(is_about_one_client(asked));
  asked.route = static_cast<unsigned>(asked_for::rows);
  EXPECT_TRUE(is_about_one_client(asked));
  asked.route = static_cast<unsigned>(asked_for::clients);
  EXPECT_FALSE(is_about_one_client(asked));
}

}  // namespace
}  // namespace blotter::serve
