#include "hazelcast/request.hpp"

#include <gtest/gtest.h>

#include "hazelcast/recorded.hpp"
#include "hazelcast/value.hpp"

namespace blotter::hazelcast {
namespace {

using recorded::bytes;

constexpr uuid some_id{0x0011223344556677, 0x8899AABBCCDDEEFF};
// The entry of the examples: "node-1" is in partition 125 of 271.
const std::string key = serialize_text("node-1");
const std::string one = serialize_json(R"({"a":1})"), two = serialize_json(R"({"a":2})");
constexpr const char* key_digits = "00000000fffffff5000000066e6f64652d31";
constexpr const char* one_digits = "00000000ffffff7e000000077b2261223a317d";
constexpr const char* two_digits = "00000000ffffff7e000000077b2261223a327d";

/// A request about that entry with one number or none behind the thread.
std::string expected(const char* size, const char* type, const std::string& rest) {
  return bytes(std::string(size) + "000000 00c0" + type + "0200000000000000 7d000000 0100000000000000" +
               rest);
}

TEST(uuid, is_written_with_hyphens) {
  EXPECT_EQ(to_text(some_id), "00112233-4455-6677-8899-aabbccddeeff");
}

TEST(request, authenticates_without_a_user) {
  const std::string got = authenticate({some_id, "dev", std::nullopt, "gw", true}).with(1);
  EXPECT_EQ(
      got,
      bytes("2a000000 00c0 00010000 0100000000000000 ffffffff 007766554433221100ffeeddccbbaa9988 01 01 00"
            "09000000 0000 646576 06000000 0004 06000000 0004 09000000 0000 435050 0b000000 0000 "
            "312e302e30 08000000 0000 6777 06000000 0010 06000000 0028"));
}

TEST(request, authenticates_with_a_user) {
  const std::string got = authenticate({some_id, "dev", credentials{"me", "pw"}, "gw", false}).with(1);
  EXPECT_EQ(
      got,
      bytes("2a000000 00c0 00010000 0100000000000000 ffffffff 007766554433221100ffeeddccbbaa9988 01 00 00"
            "09000000 0000 646576 08000000 0000 6d65 08000000 0000 7077 09000000 0000 435050 "
            "0b000000 0000 312e302e30 08000000 0000 6777 06000000 0010 06000000 0028"));
}

TEST(request, asks_for_life_and_members) {
  EXPECT_EQ(ping().with(5), bytes("16000000 00e0 000b0000 0500000000000000 ffffffff"));
  EXPECT_EQ(add_cluster_view_listener().with(5), bytes("16000000 00e0 00030000 0500000000000000 ffffffff"));
  EXPECT_EQ(trigger_partition_assignment().with(5),
            bytes("16000000 00e0 00100000 0500000000000000 ffffffff"));
  EXPECT_EQ(create_map("m").with(5), bytes("16000000 00c0 00040000 0500000000000000 ffffffff 07000000 0000 6d"
                                           "18000000 0020 687a3a696d706c3a6d617053657276696365"));
}

TEST(request, listens_to_entries) {
  EXPECT_EQ(add_entry_listener("m", true).with(3),
            bytes("1c000000 00c0 00190100 0300000000000000 ffffffff 01 ff000000 01 07000000 0020 6d"));
  EXPECT_EQ(add_entry_listener("m", false).with(3),
            bytes("1c000000 00c0 00190100 0300000000000000 ffffffff 01 ff000000 00 07000000 0020 6d"));
}

TEST(request, writes_entries) {
  const std::string name = "07000000 0000 6d", k = std::string("18000000 0000") + key_digits;
  const std::string put = "b80b000000000000" + name + k + "19000000 0020" + one_digits;
  EXPECT_EQ(map_put("m", key, one, milliseconds(3'000), 125).with(2), expected("26", "00010100", put));
  EXPECT_EQ(map_put_if_absent("m", key, one, milliseconds(3'000), 125).with(2),
            expected("26", "000e0100", put));
  EXPECT_EQ(
      map_replace_if_same("m", key, one, two, 125).with(2),
      expected("1e", "00050100", name + k + "19000000 0000" + one_digits + "19000000 0020" + two_digits));
  EXPECT_EQ(map_remove_if_same("m", key, one, 125).with(2),
            expected("1e", "00080100", name + k + "19000000 0020" + one_digits));
  EXPECT_EQ(map_set_ttl("m", key, milliseconds(3'000), 125).with(2),
            bytes("1e000000 00c0 00430100 0200000000000000 7d000000 b80b000000000000" + name +
                  "18000000 0020" + key_digits));
}

TEST(request, reads_and_removes_entries) {
  const std::string rest = std::string("07000000 0000 6d 18000000 0020") + key_digits;
  EXPECT_EQ(map_get("m", key, 125).with(2), expected("1e", "00020100", rest));
  EXPECT_EQ(map_remove("m", key, 125).with(2), expected("1e", "00030100", rest));
  EXPECT_EQ(map_entries("m").with(5),
            bytes("16000000 00c0 00250100 0500000000000000 ffffffff 07000000 0020 6d"));
}

}  // namespace
}  // namespace blotter::hazelcast
