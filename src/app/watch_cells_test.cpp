#include "app/watch_cells.hpp"

#include <gtest/gtest.h>

namespace blotter::app {
namespace {

TEST(cells, are_cut_with_a_sign_and_by_letters_not_bytes) {
  EXPECT_EQ(shortened("\u00e4\u00f6\u00fc", 3), "\u00e4\u00f6\u00fc");
  EXPECT_EQ(shortened("\u00e4\u00f6\u00fc!", 3), "\u00e4\u00f6\u2026");
  EXPECT_EQ(shortened("abc", 0), "");
}

TEST(cells, escape_within_json_what_a_terminal_obeys_and_leave_it_the_same_json) {
  EXPECT_EQ(printable_json("{\"a\":\n\"x\x7f\u009b\u00a0\"}"), "{\"a\": \"x\\u007f\\u009b\u00a0\"}");
  EXPECT_EQ(printable_json("\xC2"), "\xC2") << "cut within a letter";
}

TEST(cells, stand_under_the_names_of_their_fields) {
  column_names columns(10);
  const auto first = cells_of("K1", R"({"b":1.50,"key":"other"})", columns, 60);
  const auto second = cells_of("K2", R"({"a":{"x":[1]},"b":null})", columns, 60);
  ASSERT_EQ(columns.size(), 4u);
  EXPECT_EQ(columns.name(0) + columns.name(1) + columns.name(2) + columns.name(3), "keybkeya");
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[0].text + ' ' + first[1].text + ' ' + first[2].text, "K1 1.50 other");
  EXPECT_TRUE(first[1].number && !first[2].number);
  ASSERT_EQ(second.size(), 4u);
  EXPECT_EQ(second[1].text + second[2].text + second[3].text, R"(null{"x":[1]})");
}

TEST(cells, of_more_fields_than_there_may_be_columns_are_left_out) {
  column_names columns(2);
  EXPECT_EQ(cells_of("K", R"({"a":1,"b":2,"c":3})", columns, 60).size(), 2u);
  EXPECT_EQ(columns.size(), 2u);
  EXPECT_TRUE(columns.overflowed());
}

}  // namespace
}  // namespace blotter::app
