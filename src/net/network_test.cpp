#include "net/network.hpp"

#include <gtest/gtest.h>

namespace blotter::net {
namespace {

bool holds(std::string_view network_text, std::string_view address) {
  return network::parse(network_text).value().contains(*endpoint::parse(address));
}

TEST(network, holds_addresses_that_begin_with_its_bits) {
  EXPECT_TRUE(holds("10.0.0.7", "10.0.0.7:1"));
  EXPECT_FALSE(holds("10.0.0.7", "10.0.0.8:1"));
  EXPECT_TRUE(holds("127.0.0.0/8", "127.3.2.1:1"));
  EXPECT_FALSE(holds("127.0.0.0/8", "128.0.0.1:1"));
  EXPECT_TRUE(holds("10.32.0.0/11", "10.63.255.255:1"));
  EXPECT_FALSE(holds("10.32.0.0/11", "10.64.0.0:1"));
  EXPECT_TRUE(holds("fd00::/8", "[fdff::1]:1"));
  EXPECT_FALSE(holds("fd00::/8", "[fe00::1]:1"));
  EXPECT_TRUE(holds("::1", "[::1]:1"));
  EXPECT_TRUE(holds("0.0.0.0/0", "1.2.3.4:1"));
  EXPECT_FALSE(holds("0.0.0.0/0", "[::1]:1"));
}

TEST(network, knows_ipv4_that_came_by_a_socket_of_ipv6) {
  EXPECT_TRUE(holds("10.0.0.0/8", "[::ffff:10.1.2.3]:1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "[::ffff:11.1.2.3]:1"));
}

TEST(network, is_nothing_else) {
  for (const std::string_view wrong : {"", "localhost", "10.0.0.0/33", "::1/129", "10.0.0.0/", "10.0.0.0/8x",
                                       "10.0.0", "10.0.0.1:80", "[::1]", "host", "10.0.0.0/-1"})
    EXPECT_FALSE(network::parse(wrong)) << wrong;
}

TEST(network, comes_in_lists) {
  EXPECT_EQ(parse_networks("127.0.0.0/8,::1").value().size(), 2u);
  EXPECT_EQ(parse_networks("").value().size(), 0u);
  for (const std::string_view wrong : {",", "::1,", ",::1", "::1,,::2", "::1, ::2"})
    EXPECT_FALSE(parse_networks(wrong)) << wrong;
}

}  // namespace
}  // namespace blotter::net
