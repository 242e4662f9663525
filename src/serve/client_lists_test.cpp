#include "serve/client_lists.hpp"

#include <gtest/gtest.h>

namespace blotter::serve {
namespace {

TEST(client_union, gives_the_first_of_all_pages_once_and_in_order) {
  client_union all(3);
  EXPECT_TRUE(all.add(R"({"clients":["b","d"],"more":false})"));
  EXPECT_TRUE(all.add(R"({"clients":["a","b"],"more":false})"));
  EXPECT_EQ(all.json(), "{\"clients\":[\"a\",\"b\",\"d\"],\"more\":false}\n");
  EXPECT_TRUE(all.add(R"({"clients":["c"],"more":false})"));
  EXPECT_EQ(all.json(), "{\"clients\":[\"a\",\"b\",\"c\"],\"more\":true}\n");
}

TEST(client_union, knows_that_there_is_more_where_a_router_does) {
  client_union all(3);
  EXPECT_EQ(all.json(), "{\"clients\":[],\"more\":false}\n");
  EXPECT_TRUE(all.add(R"({"clients":["a"],"more":true})"));
  EXPECT_EQ(all.json(), "{\"clients\":[\"a\"],\"more\":true}\n");
}

TEST(client_union, keeps_names_as_they_are) {
  client_union all(3);
  EXPECT_TRUE(all.add(R"({"clients":["a\"\\\u0001ä"],"more":false})"));
  EXPECT_EQ(all.json(), "{\"clients\":[\"a\\\"\\\\\\u0001ä\"],\"more\":false}\n");
}

TEST(client_union, refuses_what_is_no_page) {
  client_union all(3);
  for (const char* text : {"", "{", "[]", "{}", R"({"clients":[]})", R"({"clients":[1],"more":false})",
                           R"({"clients":{},"more":false})", R"({"clients":[],"more":1})"})
    EXPECT_FALSE(all.add(text)) << text;
}

}  // namespace
}  // namespace blotter::serve
