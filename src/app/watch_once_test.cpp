#include "app/watch_once.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

namespace blotter::app {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

/// Live, with these rows.
watch_table live_table(const std::string& rows) {
  watch_table table;
  const auto tell = [&table](std::string_view name, const std::string& data) {
    EXPECT_TRUE(table.apply({name, data, "b1", true})) << data;
  };
  tell("hello", R"({"member":"m-1","resumed":false})");
  tell("rows", rows);
  const std::string count = std::to_string(table.rows().size());
  tell("live", R"({"count":)" + count + R"(,"checksum":")" + table.checksum() + "\"}");
  EXPECT_TRUE(table.whole());
  return table;
}

std::string table_of(const watch_table& table) {
  std::string out;
  write_table(table, [&out](std::string_view text) { out += text; });
  return out;
}
std::string document_of(const watch_table& table, std::string_view client = "c1") {
  std::string out;
  write_document(table, client, [&out](std::string_view text) { out += text; });
  return out;
}

const std::string two = R"([{"key":"MSFT","v":[0,17],"row":{"price":22.50,"note":"a\nb"}},)"
                        R"({"key":"AAPL","v":[3,18],"row":{"name":"Apple","price":1}}])";

TEST(once, writes_an_aligned_table_and_what_it_is) {
  const watch_table table = live_table(two);
  EXPECT_EQ(table_of(table),
            "key   name   price  note\n"
            "AAPL  Apple      1\n"
            "MSFT         22.50  a\\nb\n"
            "live: 2 rows, checksum " +
                table.checksum() + " verified, m-1\n");
}

TEST(once, says_of_a_client_without_rows_that_there_are_none) {
  EXPECT_EQ(table_of(live_table("[]")), "live: 0 rows, checksum 0000000000000000 verified, m-1\n");
  EXPECT_THAT(document_of(live_table("[]")), EndsWith(R"("rows":[]})"
                                                      "\n"));
}

TEST(once, cuts_what_is_long_and_lets_nothing_through_that_a_terminal_obeys) {
  const std::string text = table_of(live_table(R"([{"key":"A\u001b[2J","v":[0,1],"row":{"long":")" +
                                               std::string(1000, 'x') + R"(","c1":"\u009b"}}])"));
  EXPECT_THAT(text, HasSubstr("A\\u001b[2J  " + std::string(59, 'x') + "\u2026  "));
  for (const char c : text) EXPECT_TRUE(static_cast<unsigned char>(c) >= ' ' || c == '\n');
  EXPECT_EQ(text.find("\u009b"), std::string::npos);
}

TEST(once, writes_one_document_with_values_as_they_came) {
  const watch_table table = live_table(two);
  const std::string text = document_of(table, "c\"1");
  EXPECT_EQ(text, R"({"client":"c\"1","member":"m-1","count":2,"checksum":")" + table.checksum() +
                      R"(","verified":true,"bookmark":"b1","rows":[)"
                      "\n"
                      R"({"key":"AAPL","v":[3,18],"row":{"name":"Apple","price":1}},)"
                      "\n"
                      R"({"key":"MSFT","v":[0,17],"row":{"price":22.50,"note":"a\nb"}})"
                      "\n]}\n");
  simdjson::dom::parser parser;
  EXPECT_EQ(parser.parse(text).error(), simdjson::SUCCESS);
}

TEST(once, writes_a_big_table_in_pieces) {
  std::string rows = "[";
  for (int i = 0; i < 1000; ++i) {
    rows += (i ? ",{\"key\":\"K" : "{\"key\":\"K") + std::to_string(i) + R"(","v":[0,1],"row":{"text":")" +
            std::string(1000, 'x') + "\"}}";
  }
  const watch_table table = live_table(rows + "]");
  std::size_t longest = 0, all = 0;
  write_document(table, "c1", [&](std::string_view piece) {
    longest = std::max(longest, piece.size());
    all += piece.size();
  });
  EXPECT_GT(all, 1'000'000u);
  EXPECT_LT(longest, 100'000u);
}

}  // namespace
}  // namespace blotter::app
