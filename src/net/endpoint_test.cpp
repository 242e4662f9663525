#include "net/endpoint.hpp"

#include <gtest/gtest.h>

namespace blotter::net {
namespace {

TEST(endpoint, reads_what_it_prints) {
  for (const char* text : {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:65535", "[::]:1"}) {
    const auto parsed = endpoint::parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->to_string(), text);
  }
  EXPECT_EQ(endpoint::parse("localhost:80")->to_string(), "127.0.0.1:80");
}

TEST(endpoint, refuses_all_else) {
  for (const char* text :
       {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:8x", "127.0.0.1:+8",
        "1.2.3:1", "::1:80", "[::1]", "[::1:80", "example:80", " 127.0.0.1:80"})
    EXPECT_FALSE(endpoint::parse(text)) << text;
}

TEST(endpoint, changes_its_port) {
  auto at = *endpoint::parse("[::1]:0");
  at.set_port(99);
  EXPECT_EQ(at.port(), 99);
  EXPECT_EQ(at.to_string(), "[::1]:99");
}

}  // namespace
}  // namespace blotter::net
