#include "base/newcomers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace blotter {
namespace {

using words = std::vector<std::string>;
constexpr instant begin{std::chrono::hours(1)};

TEST(newcomers, are_told_once_for_as_long_as_they_stand_there) {
  newcomers<std::string> news;
  EXPECT_EQ(news.take({"a", "b"}, begin), words({"a", "b"}));
  EXPECT_EQ(news.take({"b", "a", "c"}, begin), words({"c"}));
  EXPECT_EQ(news.take({"b"}, begin), words());
  EXPECT_EQ(news.take({"a", "b"}, begin), words({"a"}));
}

TEST(newcomers, come_later_when_a_second_has_no_room_for_them_also_when_they_have_gone) {
  newcomers<std::string> news({.per_second_max = 2});
  EXPECT_EQ(news.take({"a"}, begin), words({"a"}));
  EXPECT_EQ(news.take({"b"}, begin), words({"b"}));
  EXPECT_EQ(news.take({"c"}, begin + milliseconds(500)), words());
  EXPECT_EQ(news.take({}, begin + milliseconds(600)), words());
  EXPECT_EQ(news.take({"c", "d"}, begin + milliseconds(999)), words()) << "c waits, as one";
  EXPECT_EQ(news.take({"c", "d"}, begin + milliseconds(1000)), words({"c", "d"}));
  EXPECT_EQ(news.take({"c", "d"}, begin + milliseconds(2000)), words());
}

TEST(newcomers, are_bounded_and_those_that_stay_are_told) {
  newcomers<std::string> news({.per_second_max = 1, .waiting_max = 2});
  EXPECT_EQ(news.take({"a", "b", "c"}, begin), words({"a"}));
  EXPECT_EQ(news.take({"b", "c"}, begin + milliseconds(1)), words());
  EXPECT_EQ(news.take({"c"}, begin + milliseconds(1000)), words({"b"}));
  EXPECT_EQ(news.take({"c"}, begin + milliseconds(2000)), words({"c"}));
  EXPECT_EQ(news.take({"c"}, begin + milliseconds(3000)), words());
}

}  // namespace
}  // namespace blotter
