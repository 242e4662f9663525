#include "feed/json_object.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

#include "base/random.hpp"

namespace blotter::feed {
namespace {

std::optional<reject_reason> read(json_object& object, const std::string& text) {
  const simdjson::padded_string padded(text);
  return object.read(std::string_view(padded.data(), padded.size()), 64);
}

TEST(json_object, lists_its_fields_as_they_stand_in_the_text) {
  json_object object;
  const simdjson::padded_string text(
      std::string(R"( { "a" : 1.50 , "b\"":[ {"x":"}"} , 2 ] ,"c":"\\","d":{ } } )"));
  ASSERT_EQ(object.read(std::string_view(text.data(), text.size()), 64), std::nullopt);
  ASSERT_EQ(object.fields().size(), 4u);
  EXPECT_EQ(object.fields()[0].name, "a");
  EXPECT_EQ(object.fields()[0].raw, "1.50");
  EXPECT_EQ(object.fields()[1].name, "b\"");
  EXPECT_EQ(object.fields()[1].raw, R"([ {"x":"}"} , 2 ])");
  EXPECT_EQ(object.fields()[2].raw, R"("\\")");
  EXPECT_EQ(object.unescaped(object.fields()[2].raw), "\\");
  EXPECT_EQ(object.fields()[3].raw, "{ }");
  EXPECT_EQ(object.depth(), 3u);
  EXPECT_EQ(object.find("e"), nullptr);
}

/// A text of JSON's own bytes, mostly wrong: what a mutation of a right one gives.
std::string mutated(random_source& chance) {
  static const std::string seeds[] = {
      R"({"clientId":"c1","ticker":"AAPL","quantity":-100,"price":187.25e-2,"open":true,"note":null})",
      R"({"a":[1,2,{"b":"\u00e9\n\"x"},[]],"c":{},"d":[[],[{}]],"e":false,"f":0.0})",
      R"( { "k" : "v\\" , "long string with blanks  " : "  " } )", R"([{"a":1},"b",0])"};
  static const std::string bytes = "{}[]:,\"\\ \n\t01-+.eEtrufalsnx\x01\x0c\x1a\x7f\xc3\xa9\xff";
  std::string text = seeds[chance.below(std::size(seeds))];
  for (auto changes = chance.below(4); changes > 0; --changes) {
    const auto at = chance.below(text.size());
    const char byte = bytes[chance.below(bytes.size())];
    switch (chance.below(4)) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.insert(at, 1, byte);
        break;
      case 2:
        text.erase(at, 1);
        if (text.empty()) text = "{";
        break;
      default:
        text.insert(at, text.substr(chance.below(text.size()), chance.below(12)));
    }
  }
  return text;
}

/// What simdjson's own document says of `text`; none where it refuses what is JSON (numbers beyond 64 bits).
std::optional<bool> simdjson_takes(simdjson::dom::parser& parser, const std::string& text) {
  const auto error = parser.parse(text).error();
  if (error == simdjson::NUMBER_ERROR) return std::nullopt;
  return error == simdjson::SUCCESS;
}

TEST(json_object, agrees_with_the_document_parser_of_simdjson_on_any_text) {
  random_source chance(7);
  json_object object;
  simdjson::dom::parser parser;
  int taken = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string text = mutated(chance);
    const auto refused = read(object, text);
    const auto expected = simdjson_takes(parser, text);
    const bool is_json =
        !refused || *refused == reject_reason::not_object || *refused == reject_reason::duplicate_field;
    if (expected) {
      ASSERT_EQ(is_json, *expected) << text;
    }
    taken += is_json;
  }
  EXPECT_GT(taken, 20'000);
  EXPECT_LT(taken, 80'000);
}

TEST(json_object, never_crashes_on_random_bytes) {
  random_source chance(11);
  json_object object;
  for (int i = 0; i < 50'000; ++i) {
    std::string text(chance.below(200), '\0');
    for (char& byte : text) byte = static_cast<char>(chance.next());
    if (chance.below(2) == 0) text.insert(0, "{\"");
    EXPECT_TRUE(read(object, text)) << text;
  }
}

TEST(json_object, agrees_with_the_document_parser_of_simdjson_on_any_number) {
  random_source chance(13);
  json_object object;
  simdjson::dom::parser parser;
  for (int i = 0; i < 50'000; ++i) {
    std::string number;
    for (auto size = 1 + chance.below(6); size > 0; --size) number += "-+.eE01"[chance.below(7)];
    const std::string text = "{\"a\":" + number + "}";
    ASSERT_EQ(!read(object, text), parser.parse(text).error() == simdjson::SUCCESS) << text;
  }
}

}  // namespace
}  // namespace blotter::feed
