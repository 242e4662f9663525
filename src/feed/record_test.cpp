#include "feed/record.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <stdexcept>
#include <string>

#include "base/random.hpp"

namespace blotter::feed {
namespace {

using table::change_kind;
using why = reject_reason;

const std::string good_value = R"({"clientId":"c1","ticker":"AAPL","quantity":100,"price":187.25})";

raw_record record(std::optional<std::string_view> key, std::optional<std::string_view> value) {
  return {key, value, 3, 42, wall_time(milliseconds(1000))};
}

class record_parsing : public testing::Test {
 protected:
  /// Every reject must leave the parser and the batch usable: a good record follows each.
  std::optional<why> parse(const raw_record& what) {
    const auto size = batch.changes.size();
    const auto text = batch.text.size();
    const auto result = parser.parse(what, batch);
    if (result) {
      EXPECT_EQ(batch.changes.size(), size);
      EXPECT_EQ(batch.text.size(), text);
    }
    EXPECT_FALSE(parser.parse(record("c1_AAPL", good_value), batch));
    EXPECT_EQ(batch.changes.back().value, good_value);
    batch.changes.pop_back();
    return result;
  }
  std::optional<why> parse(std::optional<std::string_view> key, std::optional<std::string_view> value) {
    return parse(record(key, value));
  }
  std::optional<why> line(std::string_view text) {
    auto what = record({}, text);
    return parser.parse_line(what, batch);
  }

  record_parser parser{record_mapping{}};
  change_batch batch;
};

TEST_F(record_parsing, makes_a_put_of_key_and_value) {
  ASSERT_EQ(parse("c1_AAPL", good_value), std::nullopt);
  const auto& change = batch.changes.at(0);
  EXPECT_EQ(change.client, "c1");
  EXPECT_EQ(change.key, "AAPL");
  EXPECT_EQ(change.value, good_value);
  EXPECT_EQ(change.at, (table::position{3, 42}));
  EXPECT_EQ(change.time, wall_time(milliseconds(1000)));
  EXPECT_EQ(change.kind, change_kind::put);
}

TEST_F(record_parsing, makes_an_erase_of_a_null_value_by_its_key_alone) {
  ASSERT_EQ(parse("c1_AAPL", std::nullopt), std::nullopt);
  const auto& change = batch.changes.at(0);
  EXPECT_EQ(change.client, "c1");
  EXPECT_EQ(change.key, "AAPL");
  EXPECT_EQ(change.value, "");
  EXPECT_EQ(change.kind, change_kind::erase);
}

TEST_F(record_parsing, keeps_its_own_copy_of_all_text) {
  std::string key = "c1_AAPL", value = good_value;
  ASSERT_EQ(parse(key, value), std::nullopt);
  key.assign(key.size(), 'x');
  value.assign(value.size(), 'x');
  change_batch moved = std::move(batch);
  EXPECT_EQ(moved.changes.at(0).client, "c1");
  EXPECT_EQ(moved.changes.at(0).key, "AAPL");
  EXPECT_EQ(moved.changes.at(0).value, good_value);
}

TEST_F(record_parsing, passes_a_value_on_byte_for_byte_but_blanks_line_breaks) {
  ASSERT_EQ(parse("c1_A", "\t{ \"a\" :\r\n1,\n \"b\\n\":\"\\u00e9\xC3\xA9\\r\" }\n"), std::nullopt);
  EXPECT_EQ(batch.changes.at(0).value, "\t{ \"a\" :  1,  \"b\\n\":\"\\u00e9\xC3\xA9\\r\" } ");
}

TEST_F(record_parsing, takes_values_that_do_not_name_client_and_row) {
  EXPECT_EQ(parse("c1_A", "{}"), std::nullopt);
  EXPECT_EQ(parse("c1_A", R"({"clientId":"c1"})"), std::nullopt);
}

TEST_F(record_parsing, compares_names_with_what_escapes_and_integers_say) {
  EXPECT_EQ(parse("c1_A", R"({"client\u0049d":"\u0063\u0031"})"), std::nullopt);
  EXPECT_EQ(parse("17_A", R"({"clientId":17})"), std::nullopt);
  EXPECT_EQ(parse("17_A", R"({"client\u0049d":18})"), why::client_mismatch);
}

TEST_F(record_parsing, takes_numbers_that_no_machine_type_holds) {
  EXPECT_EQ(parse("c1_A", R"({"a":123456789012345678901234567890,"b":1e999,"c":-0})"), std::nullopt);
}

TEST_F(record_parsing, refuses_what_is_not_json) {
  for (const char* bad : {"hello",
                          "{",
                          "}",
                          "{]",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{\"a\":1,}",
                          "{,}",
                          "{\"a\":1}}",
                          "{\"a\":1} x",
                          "{a:1}",
                          "{\"a\":01}",
                          "{\"a\":1.}",
                          "{\"a\":.5}",
                          "{\"a\":+1}",
                          "{\"a\":-}",
                          "{\"a\":1e}",
                          "{\"a\":0x1}",
                          "{\"a\":NaN}",
                          "{\"a\":tru}",
                          "{\"a\":truee}",
                          "{\"a\":nul}",
                          "{\"a\":\"\\x\"}",
                          "{\"a\":\"\\u12g4\"}",
                          "{\"a\":\"\\ud800\"}",
                          "{\"a\":\"",
                          "{\"a\":'b'}",
                          "{\"a\":1 2}",
                          "{\"a\":\"b\"\"c\"}",
                          "{\"a\":\"b\"c}",
                          "{\"a\":1\"b\"}",
                          "{1:2}",
                          "[1,]",
                          "{\"a\":[1,]}",
                          "{\"a\":[1 2]}",
                          "{\"a\":[}",
                          "{\"a\":1}{\"a\":1}",
                          " ",
                          "\n",
                          "{\"a\" \"b\"}",
                          "{\"a\":1;\"b\":2}",
                          "{\"a\":[1}",
                          "\xEF\xBB\xBF{}",
                          "{\"a\":\f1}",
                          "{\"a\":1\f}",
                          "{\"a\"\x1a"
                          "1}"}) {
    EXPECT_EQ(parse("c1_A", bad), why::not_json) << bad;
  }
}

TEST_F(record_parsing, refuses_raw_control_characters_in_strings) {
  EXPECT_EQ(parse("c1_A", "{\"a\":\"line\nbreak\"}"), why::not_json);
  EXPECT_EQ(parse("c1_A", std::string_view("{\"a\":\"\0\"}", 9)), why::not_json);
  EXPECT_EQ(parse("c1_A", std::string_view("{}\0", 3)), why::not_json);
}

TEST_F(record_parsing, refuses_what_is_not_utf8) {
  EXPECT_EQ(parse("c1_A", "{\"a\":\"\xFF\"}"), why::not_utf8);
  EXPECT_EQ(parse("c1_A", "{\"a\":\"\xC0\x80\"}"), why::not_utf8);
  EXPECT_EQ(parse("c1_\xFF", "{}"), why::not_utf8);
  EXPECT_EQ(parse("c\xED\xA0\x80_A", std::nullopt), why::not_utf8);
}

TEST_F(record_parsing, refuses_json_that_is_no_object) {
  for (const char* bad : {"[]", "[{\"a\":1}]", "1", "\"a\"", "null", "true", " -1.5e3 "})
    EXPECT_EQ(parse("c1_A", bad), why::not_object) << bad;
}

TEST_F(record_parsing, refuses_an_empty_value_which_is_no_delete) {
  EXPECT_EQ(parse("c1_A", ""), why::empty_value);
  EXPECT_EQ(line(""), why::empty_value);
}

TEST_F(record_parsing, takes_a_value_of_1_MiB_and_refuses_a_greater_one) {
  std::string value = R"({"a":")" + std::string((1 << 20) - 8, 'x') + R"("})";
  ASSERT_EQ(value.size(), std::size_t{1} << 20);
  EXPECT_EQ(parse("c1_A", value), std::nullopt);
  value.push_back(' ');
  EXPECT_EQ(parse("c1_A", value), why::too_large);
  EXPECT_EQ(line(R"({"clientId":"a","ticker":"b","c":")" + std::string(1 << 20, 'x') + "\"}"),
            why::too_large);
  EXPECT_EQ(line(R"({"key":"c1_A","value":)" + value + "}"), std::nullopt);  // the blank belongs to the line
  value.insert(1, " ");
  EXPECT_EQ(line(R"({"key":"c1_A","value":)" + value + "}"), why::too_large);
  EXPECT_EQ(line(std::string(2 << 20, ' ')), why::too_large);
}

std::string columns(int count) {
  std::string value = "{";
  for (int i = 0; i < count; ++i) value += (i ? ",\"c" : "\"c") + std::to_string(i) + "\":1";
  return value + "}";
}

TEST_F(record_parsing, takes_1000_columns_and_refuses_more) {
  EXPECT_EQ(parse("c1_A", columns(1000)), std::nullopt);
  EXPECT_EQ(parse("c1_A", columns(1001)), why::too_many_fields);
  EXPECT_EQ(parse("c1_A", columns(10'000)), why::too_many_fields);
}

std::string nested(int depth) {
  std::string value = "{\"a\":";
  for (int i = 1; i < depth; ++i) value += i % 2 ? "[" : "{\"b\":";
  value += "1";
  for (int i = depth - 1; i >= 1; --i) value += i % 2 ? "]" : "}";
  return value + "}";
}

TEST_F(record_parsing, takes_64_levels_and_refuses_more) {
  EXPECT_EQ(parse("c1_A", nested(64)), std::nullopt);
  EXPECT_EQ(parse("c1_A", nested(65)), why::too_deep);
  EXPECT_EQ(parse("c1_A", nested(1000)), why::too_deep);
  EXPECT_EQ(line(R"({"key":"c1_A","value":)" + nested(64) + "}"), std::nullopt);
  EXPECT_EQ(line(R"({"key":"c1_A","value":)" + nested(65) + "}"), why::too_deep);
  EXPECT_EQ(line(R"({"clientId":"c","ticker":"t","x":)" + nested(63) + "}"), std::nullopt);
  EXPECT_EQ(line(R"({"clientId":"c","ticker":"t","x":)" + nested(64) + "}"), why::too_deep);
}

TEST_F(record_parsing, refuses_a_duplicate_field_however_it_is_written) {
  EXPECT_EQ(parse("c1_A", R"({"a":1,"b":2,"a":3})"), why::duplicate_field);
  EXPECT_EQ(parse("c1_A", R"({"a":1,"\u0061":3})"), why::duplicate_field);
  EXPECT_EQ(parse("c1_A", R"({"":1,"":3})"), why::duplicate_field);
  EXPECT_EQ(parse("c1_A", R"({"x":{"a":1},"y":{"a":1}})"), std::nullopt);
  std::string many = columns(500);
  many.replace(many.size() - 1, 1, ",\"c77\":1}");
  EXPECT_EQ(parse("c1_A", many), why::duplicate_field);
}

TEST_F(record_parsing, refuses_a_second_client_field_that_would_say_otherwise) {
  EXPECT_EQ(parse("c1_A", R"({"clientId":"c1","clientId":"c2"})"), why::duplicate_field);
}

TEST_F(record_parsing, refuses_a_missing_or_unknown_key) {
  EXPECT_EQ(parse(std::nullopt, good_value), why::no_key);
  EXPECT_EQ(parse(std::nullopt, std::nullopt), why::no_key);
  EXPECT_EQ(parse("c1AAPL", good_value), why::unknown_key_form);
  EXPECT_EQ(parse("", std::nullopt), why::unknown_key_form);
}

TEST_F(record_parsing, refuses_control_characters_in_names) {
  EXPECT_EQ(parse("c\n1_A", "{}"), why::control_character);
  EXPECT_EQ(parse("c1_A\r", "{}"), why::control_character);
  EXPECT_EQ(parse(std::string_view("c1_A\0", 5), "{}"), why::control_character);
  EXPECT_EQ(parse("c1_A\x7F", "{}"), why::control_character);
  EXPECT_EQ(parse("c1_A\xC2\x85", "{}"), why::control_character);
  EXPECT_EQ(parse("c1_A\xC2\xA0", "{}"), std::nullopt);
  EXPECT_EQ(line(R"({"clientId":"c\u000a","ticker":"A"})"), why::control_character);
}

TEST_F(record_parsing, refuses_empty_and_long_names) {
  EXPECT_EQ(parse("_A", "{}"), why::empty_client);
  EXPECT_EQ(parse("c1_", "{}"), why::empty_row_key);
  EXPECT_EQ(parse(std::string(255, 'c') + "_" + std::string(1024, 'r'), "{}"), std::nullopt);
  EXPECT_EQ(parse(std::string(256, 'c') + "_A", "{}"), why::client_too_long);
  EXPECT_EQ(parse("c1_" + std::string(1025, 'r'), std::nullopt), why::row_key_too_long);
  EXPECT_EQ(parse("c1_" + std::string(2 << 20, 'r'), std::nullopt), why::row_key_too_long);
}

TEST_F(record_parsing, refuses_a_value_that_names_another_client_or_row_than_its_key) {
  EXPECT_EQ(parse("c2_AAPL", good_value), why::client_mismatch);
  EXPECT_EQ(parse("c1_MSFT", good_value), why::row_mismatch);
  EXPECT_EQ(parse("c1_AAPL_B", good_value), why::row_mismatch);
}

TEST_F(record_parsing, refuses_a_naming_field_of_a_wrong_type) {
  for (const char* bad : {"null", "true", "1.5", "1e3", "[]", "{}"}) {
    EXPECT_EQ(parse("c1_A", "{\"clientId\":" + std::string(bad) + "}"), why::field_wrong_type) << bad;
    EXPECT_EQ(parse("c1_A", "{\"ticker\":" + std::string(bad) + "}"), why::field_wrong_type) << bad;
  }
}

TEST_F(record_parsing, refuses_places_out_of_range) {
  auto at = [](std::int64_t partition, std::int64_t offset) {
    return raw_record{"c1_A", "{}", partition, offset, {}};
  };
  EXPECT_EQ(parse(at(-1, 0)), why::partition_out_of_range);
  EXPECT_EQ(parse(at(1 << 24, 0)), why::partition_out_of_range);
  EXPECT_EQ(parse(at((1 << 24) - 1, record_offset_max)), std::nullopt);
  EXPECT_EQ(parse(at(0, -1)), why::offset_out_of_range);
  EXPECT_EQ(parse(at(0, record_offset_max + 1)), why::offset_out_of_range);
}

TEST_F(record_parsing, names_client_and_row_of_a_line_by_its_fields) {
  ASSERT_EQ(line(good_value), std::nullopt);
  EXPECT_EQ(batch.changes.at(0).client, "c1");
  EXPECT_EQ(batch.changes.at(0).key, "AAPL");
  EXPECT_EQ(batch.changes.at(0).value, good_value);
  ASSERT_EQ(line(R"({"clientId":-0017e0,"ticker":"A"})"), why::not_json);
  ASSERT_EQ(line(R"({"clientId":123456789012345678901234567890,"ticker":"\u0041\"_"})"), std::nullopt);
  EXPECT_EQ(batch.changes.at(1).client, "123456789012345678901234567890");
  EXPECT_EQ(batch.changes.at(1).key, "A\"_");
  EXPECT_EQ(line(R"({"clientId":"c1"})"), why::field_missing);
  EXPECT_EQ(line(R"({"ticker":"c1"})"), why::field_missing);
  EXPECT_EQ(line("[1]"), why::not_object);
}

TEST_F(record_parsing, takes_key_and_value_of_a_line_that_is_nothing_else) {
  ASSERT_EQ(line(R"( {"key" : "c\u0031_AAPL", "value" : { "price": 1.50 } } )"), std::nullopt);
  EXPECT_EQ(batch.changes.at(0).client, "c1");
  EXPECT_EQ(batch.changes.at(0).value, R"({ "price": 1.50 })");
  ASSERT_EQ(line(R"({"value":{"a":1},"key":"a-rather-long-client-of-a-line_AAPL"})"), std::nullopt);
  EXPECT_EQ(batch.changes.at(1).client, "a-rather-long-client-of-a-line");
  EXPECT_EQ(batch.changes.at(1).key, "AAPL");
  EXPECT_EQ(batch.changes.at(1).value, R"({"a":1})");
  ASSERT_EQ(line(R"({"key":"c1_AAPL","value":null})"), std::nullopt);
  EXPECT_EQ(batch.changes.at(2).kind, change_kind::erase);
  EXPECT_EQ(batch.changes.at(2).key, "AAPL");
  EXPECT_EQ(line(R"({"key":"c2_AAPL","value":)" + good_value + "}"), why::client_mismatch);
  EXPECT_EQ(line(R"({"key":"c2","value":{}})"), why::unknown_key_form);
  EXPECT_EQ(line(R"({"key":"c2_A","value":{"a":1,"a":1}})"), why::duplicate_field);
  EXPECT_EQ(line(R"({"key":"c2_A","value":5})"), why::field_missing);
  EXPECT_EQ(line(R"({"key":"c2_A","value":{},"more":1})"), why::field_missing);
}

TEST(record_mapping, follows_the_settings) {
  record_parser last(
      {.key = "pos/{client}_{row}!", .split_at = split::last, .client_field = "acct", .row_field = ""});
  change_batch batch;
  ASSERT_EQ(last.parse(record("pos/a_b_c!", R"({"acct":"a_b","ticker":"other"})"), batch), std::nullopt);
  EXPECT_EQ(batch.changes[0].client, "a_b");
  EXPECT_EQ(batch.changes[0].key, "c");
  EXPECT_EQ(last.parse(record("a_b_c", "{}"), batch), why::unknown_key_form);

  record_parser row_only({.key = "{row}", .split_at = split::first, .client_field = "acct", .row_field = ""});
  ASSERT_EQ(row_only.parse(record("order-1", R"({"acct":"c7"})"), batch), std::nullopt);
  EXPECT_EQ(batch.changes[1].client, "c7");
  EXPECT_EQ(batch.changes[1].key, "order-1");
  EXPECT_EQ(row_only.parse(record("order-1", std::nullopt), batch), why::erase_unknown_row);
  EXPECT_EQ(row_only.parse(record("order-1", "{}"), batch), why::field_missing);

  record_parser fields({.key = "", .split_at = split::first, .client_field = "c", .row_field = "r"});
  ASSERT_EQ(fields.parse(record(std::nullopt, R"({"c":1,"r":2})"), batch), std::nullopt);
  EXPECT_EQ(batch.changes[2].client, "1");
}

TEST(record_mapping, refuses_settings_that_name_no_row) {
  for (const char* bad : {"{client}{row}", "{client}_{client}", "{other}", "plain", "{client", "a}b{row}",
                          "{row}", "{client}_{row}_{row}", ""}) {
    EXPECT_THROW(record_parser({.key = bad, .split_at = split::first, .client_field = "", .row_field = ""}),
                 std::invalid_argument)
        << bad;
  }
}

TEST(reject_reason, has_a_name_and_a_sentence_for_each_number) {
  std::set<std::string_view> names;
  for (std::uint8_t number = 1; number < reject_reason_bound; ++number) {
    const auto reason = static_cast<why>(number);
    EXPECT_TRUE(names.insert(name_of(reason)).second);
    EXPECT_TRUE(sentence_of(reason).ends_with('.'));
  }
  EXPECT_EQ(name_of(why::offset_out_of_range), "offset_out_of_range");
  EXPECT_EQ(name_of(why::no_key), "no_key");
}

}  // namespace
}  // namespace blotter::feed
