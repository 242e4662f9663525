#include "http/address_seats.hpp"

#include <gtest/gtest.h>

#include <string>

namespace blotter::http {
namespace {

net::endpoint at(const std::string& text) {
  return *net::endpoint::parse(text);
}

TEST(address_seats, are_as_many_as_each_address_may_have_at_once) {
  address_seats seats(2, 1);
  const auto first = seats.take(at("10.0.0.1:1"));
  ASSERT_TRUE(first && seats.take(at("10.0.0.1:2")));
  EXPECT_FALSE(seats.take(at("10.0.0.1:3")));
  EXPECT_TRUE(seats.take(at("10.0.0.2:1"))) << "another address";
  seats.give_back(*first);
  EXPECT_TRUE(seats.take(at("10.0.0.1:3")));
  EXPECT_FALSE(seats.take(at("10.0.0.1:4")));
}

TEST(address_seats, are_without_bound_where_none_is_set) {
  address_seats seats(0, 1);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(seats.take(at("10.0.0.1:1")), address_seats::place::none);
  seats.give_back(address_seats::place::none);
}

TEST(address_seat, is_given_back_once_by_whoever_has_it_last) {
  address_seats seats(1, 1);
  {
    address_seat first(seats, *seats.take(at("10.0.0.1:1")));
    address_seat second(std::move(first));
    address_seat third;
    third = std::move(second);
    EXPECT_FALSE(seats.take(at("10.0.0.1:1")));
  }
  auto place = address_seats::place::none;
  {
    address_seat one(seats, *seats.take(at("10.0.0.1:1")));
    place = one.pass_on();
  }
  EXPECT_FALSE(seats.take(at("10.0.0.1:1"))) << "it was passed on";
  seats.give_back(place);
  EXPECT_TRUE(seats.take(at("10.0.0.1:1")));
}

TEST(address_place, is_that_of_a_network_in_ipv6_and_of_an_address_in_ipv4) {
  const auto place = [](const std::string& text) { return address_place(at(text), 7); };
  EXPECT_EQ(place("[2001:db8::1]:1"), place("[2001:db8::ffff:2]:2"));
  EXPECT_NE(place("[2001:db8::1]:1"), place("[2001:db8:0:1::1]:1"));
  EXPECT_EQ(place("[::ffff:10.0.0.1]:1"), place("10.0.0.1:1"));
  EXPECT_NE(place("[::ffff:10.0.0.1]:1"), place("[::ffff:10.0.0.2]:1"));
}

}  // namespace
}  // namespace blotter::http
