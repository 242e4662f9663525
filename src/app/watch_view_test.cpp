#include "app/watch_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace blotter::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

/// Both texts of an event that `table` takes first.
struct texts {
  std::string json, plain;
};
texts after(watch_table& table, http::stream_event event) {
  const auto what = table.apply(event);
  EXPECT_TRUE(what) << event.data;
  return {json_line(event, *what, table), plain_lines(event, *what, table)};
}

const std::string rows = R"([{"key":"AAPL","v":[3,18],"row":{"name":"Apple","price":1.50,"quantity":100}},)"
                         "\n"
                         R"({"key":"MSFT","v":[0,17],"row":{"price":22.5,"note":"a\nb","tags":[1,2]}}])";

watch_table table_with_rows() {
  watch_table table;
  EXPECT_TRUE(table.apply({"hello", R"({"member":"m-1","resumed":false})", "", false}));
  EXPECT_TRUE(table.apply({"rows", rows, "b1", true}));
  return table;
}

http::stream_event proof_event(std::string& text, const watch_table& table, std::string_view name) {
  text = R"({"count":)" + std::to_string(table.rows().size()) + R"(,"checksum":")" + table.checksum() + "\"}";
  return {name, text, "b2", name == "live"};
}

TEST(json_line, is_the_event_on_one_line) {
  watch_table table;
  const std::string line = after(table, {"rows", rows, "b\"1", true}).json;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_THAT(line, HasSubstr(R"({"event":"rows","id":"b\"1","data":[{"key":"AAPL","v":[3,18],)"));
  EXPECT_THAT(line, HasSubstr(R"("price":1.50,)")) << "numbers stay as they were written";
  EXPECT_THAT(line, HasSubstr("\"tags\":[1,2]}}]}\n"));
}

TEST(json_line, leaves_out_an_id_that_did_not_come) {
  watch_table table;
  EXPECT_EQ(after(table, {"status", R"({"state":"current"})", "b1", false}).json,
            "{\"event\":\"status\",\"data\":{\"state\":\"current\"}}\n");
}

TEST(json_line, writes_data_that_is_no_json_as_a_text) {
  watch_table table;
  EXPECT_EQ(after(table, {"future", "a } b\nc", "", false}).json,
            "{\"event\":\"future\",\"data\":\"a } b\\nc\"}\n");
}

TEST(json_line, says_whether_the_proof_holds) {
  watch_table table = table_with_rows();
  std::string text;
  EXPECT_THAT(after(table, proof_event(text, table, "live")).json, HasSubstr(",\"verified\":true}\n"));
  EXPECT_THAT(after(table, {"beat", R"({"time":1})", "", false}).json, Not(HasSubstr("verified")));
  EXPECT_THAT(after(table, {"beat", R"({"count":9,"checksum":"0000000000000000"})", "", false}).json,
              HasSubstr(",\"verified\":false}\n"));
}

TEST(plain_lines, are_a_line_a_row) {
  watch_table table;
  EXPECT_EQ(after(table, {"rows", rows, "", false}).plain,
            "AAPL 3:18 {\"name\":\"Apple\",\"price\":1.50,\"quantity\":100}\n"
            "MSFT 0:17 {\"price\":22.5,\"note\":\"a\\nb\",\"tags\":[1,2]}\n");
  EXPECT_EQ(after(table, {"rows", R"([{"key":"A\u001b[2J","v":[0,1],"deleted":true}])", "", false}).plain,
            "A\\u001b[2J 0:1 deleted\n");
}

TEST(plain_lines, tell_what_is_current_and_proven) {
  watch_table table = table_with_rows();
  std::string text;
  EXPECT_EQ(after(table, proof_event(text, table, "live")).plain,
            "live: 2 rows, checksum " + table.checksum() + " verified\n");
  EXPECT_EQ(after(table, proof_event(text, table, "beat")).plain, "") << "a good beat is no news";
  EXPECT_EQ(after(table, {"beat", R"({"count":9,"checksum":"0"})", "", false}).plain,
            "beat: 2 rows, checksum " + table.checksum() + " WRONG\n");
  EXPECT_EQ(after(table, {"status", R"({"state":"stale","reason":"feed"})", "", false}).plain,
            "stale: feed\n");
  EXPECT_EQ(after(table, {"status", R"({"state":"current"})", "", false}).plain, "current\n");
  EXPECT_EQ(after(table, {"moving", R"({"reason":"drain"})", "", false}).plain,
            "moving {\"reason\":\"drain\"}\n");
}

/// Without escape sequences.
std::vector<std::string> shown_lines(const std::string& text) {
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (!((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z')) ++i;
    } else if (text[i] == '\n') {
      lines.emplace_back();
    } else if (text[i] != '\r') {
      lines.back() += text[i];
    }
  }
  return lines;
}

/// One drawing by a screen that has drawn nothing before.
std::string drawn(const watch_table& table, const screen_facts& facts, screen_size size) {
  return screen().draw(table, facts, size, instant());
}

TEST(screen, shows_rows_in_columns_and_the_state_at_the_bottom) {
  watch_table table = table_with_rows();
  std::string text;
  after(table, proof_event(text, table, "live"));
  const auto lines = shown_lines(drawn(table, {"c1", 12.34, 800ms, true, "resumed"}, {8, 120}));
  ASSERT_EQ(lines.size(), 8u);
  EXPECT_EQ(lines[0], "key   name   price  quantity  note  tags ");
  EXPECT_EQ(lines[1], "AAPL  Apple   1.50       100");
  EXPECT_EQ(lines[2], "MSFT          22.5            a\\nb  [1,2]");
  EXPECT_EQ(lines[6], "resumed");
  EXPECT_EQ(lines[7], " LIVE   c1  2 rows  12.3 changes/s  heard 0.8 s ago  checksum " + table.checksum() +
                          " verified  m-1");
}

TEST(screen, shows_the_checksum_that_was_verified_not_that_of_later_rows) {
  watch_table table = table_with_rows();
  std::string text;
  after(table, proof_event(text, table, "live"));
  const std::string verified = "checksum " + table.checksum() + " verified";
  after(table, {"rows", R"([{"key":"NEW","v":[0,18],"row":{}}])", "", false});
  EXPECT_THAT(drawn(table, {"c1"}, {24, 120}), HasSubstr(verified));
}

TEST(screen, says_why_rows_are_stale) {
  watch_table table = table_with_rows();
  table.disconnected("connection refused");
  EXPECT_THAT(shown_lines(drawn(table, {"c1"}, {24, 120})).back(),
              HasSubstr(" STALE (connection refused)   c1"));
  EXPECT_THAT(shown_lines(drawn(watch_table(), {"c1"}, {24, 120})).back(),
              HasSubstr(" WAITING (connecting) "));
}

TEST(screen, colours_a_cell_by_the_direction_of_its_change_for_a_second) {
  watch_table table = table_with_rows();
  std::string text;
  after(table, proof_event(text, table, "live"));
  screen one;
  const instant start{};
  const auto draw = [&](milliseconds at) { return one.draw(table, {"c1"}, {24, 120}, start + at); };
  EXPECT_THAT(draw(0ms), Not(HasSubstr("\x1b[1;3"))) << "what was there is no change";
  after(table, {"rows", R"([{"key":"AAPL","v":[3,19],"row":{"name":"Pear","price":1.6,"quantity":99}}])", "",
                false});
  const std::string lit = draw(100ms);
  EXPECT_THAT(lit, HasSubstr("\x1b[1m  Pear\x1b[0m"));
  EXPECT_THAT(lit, HasSubstr("\x1b[1;36m    1.6\x1b[0m"));
  EXPECT_THAT(lit, HasSubstr("\x1b[1;33m        99\x1b[0m"));
  EXPECT_THAT(draw(1000ms), HasSubstr("\x1b[1;36m"));
  EXPECT_THAT(draw(1100ms), Not(HasSubstr("\x1b[1;3")));
}

TEST(screen, colours_nothing_that_came_while_rows_were_not_live) {
  watch_table table = table_with_rows();
  std::string text;
  after(table, proof_event(text, table, "live"));
  screen one;
  one.draw(table, {"c1"}, {24, 120}, instant());
  table.disconnected("gone");
  const std::string away = one.draw(table, {"c1"}, {24, 120}, instant());
  EXPECT_THAT(away, HasSubstr("\x1b[2mAAPL")) << "dim";
  after(table, {"rows", R"([{"key":"AAPL","v":[3,19],"row":{"price":9}}])", "", false});
  after(table, proof_event(text, table, "live"));
  const std::string back = one.draw(table, {"c1"}, {24, 120}, instant());
  EXPECT_THAT(back, Not(HasSubstr("\x1b[1;3")));
  EXPECT_THAT(back, Not(HasSubstr("\x1b[2m")));
}

TEST(screen, fits_into_the_terminal) {
  watch_table table;
  std::string many = "[";
  for (int i = 100; i < 200; ++i) {
    many +=
        (i == 100 ? "" : ",") + std::string(R"({"key":"K)") + std::to_string(i) +
        R"(","v":[0,1],"row":{"text":"ääääääääääääääääääääääääääääääääääääääää","more":"xxxxxxxxxxxxxxx"}})";
  }
  ASSERT_TRUE(table.apply({"rows", many + "]", "", false}));
  for (const std::size_t height : {1u, 6u, 24u, 50u}) {
    for (const std::size_t width : {1u, 10u, 40u, 80u}) {
      const auto lines = shown_lines(drawn(table, {"c1"}, {height, width}));
      EXPECT_EQ(lines.size(), std::max<std::size_t>(height, 6));
      for (const std::string& line : lines) {
        const auto is_letter = [](char c) { return (c & 0xC0) != 0x80; };
        EXPECT_LE(static_cast<std::size_t>(std::count_if(line.begin(), line.end(), is_letter)), width);
      }
    }
  }
  EXPECT_THAT(drawn(table, {"c1"}, {24, 80}), HasSubstr("and 80 more"));
}

TEST(screen, lets_no_control_character_of_the_server_through) {
  watch_table table;
  ASSERT_TRUE(table.apply(
      {"rows", R"([{"key":"A\u001b[2J\u009b","v":[0,1],"row":{"x\u0007":"\u001b]0;t\u0007","y":"\u0085"}}])",
       "", false}));
  const auto lines = shown_lines(drawn(table, {"c\x1b[2J"}, {24, 80}));
  for (const std::string& line : lines) {
    for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_EQ(line.find("\xC2\x85"), std::string::npos);
  }
}

}  // namespace
}  // namespace blotter::app
