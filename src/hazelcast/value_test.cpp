#include "hazelcast/value.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "hazelcast/recorded.hpp"

namespace blotter::hazelcast {
namespace {

TEST(value, is_written_as_the_official_clients_write_it) {
  EXPECT_EQ(serialize_text(""), recorded::bytes("00000000fffffff500000000"));
  EXPECT_EQ(serialize_text("node-1"), recorded::bytes("00000000fffffff5000000066e6f64652d31"));
  EXPECT_EQ(serialize_text("Z\xC3\xBCrich-\xC3\x84\xE2\x82\xAC"),
            recorded::bytes("00000000fffffff50000000d5ac3bc726963682dc384e282ac"));
  EXPECT_EQ(serialize_text("\xF0\x9F\x98\x80"), recorded::bytes("00000000fffffff500000004f09f9880"));
  EXPECT_EQ(serialize_json(R"({"owner":"gw-1","seq":7})"),
            recorded::bytes("00000000ffffff7e00000018 7b226f776e6572223a2267772d31222c22736571223a377d"));
}

TEST(value, is_read_back) {
  const std::string text = serialize_text("node-1"), json = serialize_json("{}");
  ASSERT_TRUE(deserialize(text));
  EXPECT_EQ(deserialize(text)->kind, value_kind::text);
  EXPECT_EQ(deserialize(text)->text, "node-1");
  EXPECT_EQ(deserialize(json)->kind, value_kind::json);
  EXPECT_EQ(deserialize(json)->text, "{}");
}

TEST(value, is_nothing_when_it_is_of_another_kind_or_broken) {
  EXPECT_FALSE(deserialize(""));
  EXPECT_FALSE(deserialize(recorded::bytes("00000000fffffff9 0000002a")));             // the number 42
  EXPECT_FALSE(deserialize(recorded::bytes("00000000fffffff5 ffffffff")));             // a null text
  EXPECT_FALSE(deserialize(recorded::bytes("00000000fffffff5 00000006 6e6f64652d")));  // one byte short
  EXPECT_FALSE(deserialize(recorded::bytes("00000000fffffff5 7fffffff 6e")));
}

struct hashed {
  const char* key;
  std::int32_t hash, of_271, of_11;
};

TEST(partition_hash, agrees_with_the_official_clients) {
  constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
  const hashed all[] = {{"", 923237662, 11, 6},
                        {"a", 2099876635, 73, 10},
                        {"ab", 1322496121, 132, 1},
                        {"abc", -1708417075, 13, 2},
                        {"node-1", -28549704, 125, 7},
                        {"client/42", -406461662, 144, 2},
                        {"user@eu-1", -32449411, 142, 5},
                        {"leases/gw-0007", -1770300247, 64, 1},
                        {"Z\xC3\xBCrich-\xC3\x84\xE2\x82\xAC", -999279, 102, 6},
                        {"\xE6\x97\xA5\xE6\x9C\xAC", 1994802223, 220, 7},
                        {"\xF0\x9F\x98\x80", 2024861213, 161, 1},
                        {"k1313844002", lowest, 0, 0},
                        {"k1624405287", 0, 0, 0}};
  for (const hashed& each : all) {
    const std::string key = serialize_text(each.key);
    EXPECT_EQ(partition_hash(key), each.hash) << each.key;
    EXPECT_EQ(partition_of(key, 271), each.of_271) << each.key;
    EXPECT_EQ(partition_of(key, 11), each.of_11) << each.key;
  }
}

TEST(partition_hash, is_the_keys_own_when_it_has_one) {
  EXPECT_EQ(partition_hash(recorded::bytes("00000007fffffff500000000")), 7);
}

}  // namespace
}  // namespace blotter::hazelcast
