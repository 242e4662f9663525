#include "http/address_rates.hpp"

#include <gtest/gtest.h>

#include <string>

namespace blotter::http {
namespace {

constexpr instant start{std::chrono::hours(1)};

net::endpoint at(const std::string& text) {
  return *net::endpoint::parse(text);
}

TEST(address_rates, let_a_second_s_worth_come_at_once_and_then_so_many_a_second) {
  address_rates rates(5, 1);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(rates.admit(at("10.0.0.1:" + std::to_string(1000 + i)), start));
  EXPECT_FALSE(rates.admit(at("10.0.0.1:2000"), start));
  EXPECT_FALSE(rates.admit(at("10.0.0.1:2000"), start + milliseconds(199)));
  EXPECT_TRUE(rates.admit(at("10.0.0.1:2000"), start + milliseconds(201)));
  int more = 0;
  for (int ms = 300; ms < 10'300; ms += 10)
    more += rates.admit(at("10.0.0.1:3000"), start + milliseconds(ms));
  EXPECT_NEAR(more, 50, 2);
}

TEST(address_rates, count_each_address_for_itself) {
  address_rates rates(1, 1);
  EXPECT_TRUE(rates.admit(at("10.0.0.1:1"), start));
  EXPECT_FALSE(rates.admit(at("10.0.0.1:2"), start));
  EXPECT_TRUE(rates.admit(at("10.0.0.2:1"), start));
}

TEST(address_rates, count_a_network_of_ipv6_as_one_asker) {
  address_rates rates(1, 1);
  EXPECT_TRUE(rates.admit(at("[2001:db8::1]:1"), start));
  EXPECT_FALSE(rates.admit(at("[2001:db8::ffff:2]:1"), start));
  EXPECT_TRUE(rates.admit(at("[2001:db8:0:1::1]:1"), start));
}

TEST(address_rates, are_without_bound_where_none_is_set) {
  address_rates rates(0, 1);
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(rates.admit(at("10.0.0.1:1"), start));
}

}  // namespace
}  // namespace blotter::http
