#include "base/json_text.hpp"

#include <gtest/gtest.h>

namespace blotter {
namespace {

TEST(json_text, escapes_what_would_break_a_line_or_a_string) {
  std::string out;
  append_json_string(out, "a\"b\\c\nd\re\x01 \xC3\xA9");
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\nd\\re\\u0001 \xC3\xA9\"");
}

TEST(json_text, replaces_bytes_that_are_not_utf8) {
  const auto escaped = [](std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
  };
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(escaped("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  EXPECT_EQ(escaped("\xFF"), "\"" + bad + "\"");
  EXPECT_EQ(escaped("\xC3"), "\"" + bad + "\"");                      // cut short
  EXPECT_EQ(escaped("\xC0\xAF"), "\"" + bad + bad + "\"");            // overlong
  EXPECT_EQ(escaped("\xED\xA0\x80"), "\"" + bad + bad + bad + "\"");  // surrogate
  EXPECT_EQ(escaped(std::string_view("\0", 1)), "\"\\u0000\"");
}

}  // namespace
}  // namespace blotter
