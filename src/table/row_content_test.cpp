#include "table/row_content.hpp"

#include <gtest/gtest.h>

#include <string>

namespace blotter::table {
namespace {

TEST(row_content, keeps_key_and_value) {
  const row_content held("AAPL", "{\"q\":1}");
  EXPECT_EQ(held.key(), "AAPL");
  EXPECT_EQ(held.value(), "{\"q\":1}");
  EXPECT_EQ(row_content("K", "").value(), "");
}

TEST(row_content, never_changes_what_somebody_else_holds) {
  row_content mine("K", "first");
  const row_content theirs = mine;
  mine.set_value("other");
  EXPECT_EQ(theirs.value(), "first");
  EXPECT_EQ(mine.value(), "other");
  EXPECT_EQ(mine.key(), "K");
}

TEST(row_content, takes_values_of_any_length_after_each_other) {
  row_content held("key", "");
  for (const std::size_t size : {0u, 1u, 5000u, 30u, 31u, 200u, 190u, 3u, 100'000u, 0u}) {
    held.set_value(std::string(size, 'v'));
    EXPECT_EQ(held.value(), std::string(size, 'v'));
    EXPECT_EQ(held.key(), "key");
  }
}

TEST(row_content, writes_over_its_own_value_in_place) {
  row_content held("K", "12345");
  const char* before = held.value().data();
  held.set_value("54321");
  EXPECT_EQ(held.value().data(), before);
}

}  // namespace
}  // namespace blotter::table
