#include "hazelcast/answer.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "hazelcast/errc.hpp"
#include "hazelcast/recorded.hpp"
#include "hazelcast/value.hpp"

namespace blotter::hazelcast {
namespace {

constexpr uuid first_member{0x65A3A50244DC4C8C, 0x9892B337AD5A5A6C};
constexpr uuid second_member{0xF17112A3AD0E4516, 0x8D958AA3AF0E52A9};

/// Holds the bytes of a message for as long as it is read.
struct whole {
  explicit whole(std::string_view digits) : bytes(recorded::bytes(digits)) {}
  operator message() const { return message(bytes); }
  std::string bytes;
};

TEST(answer, of_an_authentication) {
  const auto got = read_authentication(whole(recorded::authentication));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, authentication_status::authenticated);
  EXPECT_EQ(got->member, first_member);
  EXPECT_EQ(got->cluster, (uuid{0xB72F9826136446AC, 0xA21E23C3739767F4}));
  EXPECT_EQ(got->partition_count, 11);
  EXPECT_EQ(got->version, "5.7.0");
}

TEST(answer, of_an_authentication_of_before_5_4) {
  whole short_one(
      "3c000000 00c0 01010000 0100000000000000 00 00 007766554433221100ffeeddccbbaa9988 01 0f010000 "
      "007766554433221100ffeeddccbbaa9988 00 06000000 0004 0b000000 0020 352e332e36");
  const auto got = read_authentication(short_one);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->partition_count, 271);
  EXPECT_EQ(got->version, "5.3.6");
}

TEST(answer, of_a_refused_authentication) {
  whole refused(recorded::authentication);
  const std::size_t status = frame_head_size + 13;
  refused.bytes[status] = 1;
  EXPECT_EQ(read_authentication(refused)->status, authentication_status::refused_credentials);
  refused.bytes[status] = 3;
  EXPECT_EQ(read_authentication(refused)->status, authentication_status::refused_client);
  refused.bytes[status] = 4;
  EXPECT_EQ(read_authentication(refused).error(), errc::bad_message);
  refused.bytes[status] = 0;
  refused.bytes[frame_head_size + 31] = 2;
  EXPECT_EQ(read_authentication(refused)->status, authentication_status::other_serialization);
  refused.bytes[frame_head_size + 32] = 0;  // no partitions
  EXPECT_EQ(read_authentication(refused).error(), errc::bad_message);
}

TEST(answer, with_the_members) {
  const auto got = read_members(whole(recorded::members));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->version, 2);
  EXPECT_EQ(got->all, (std::vector<cluster_member>{{first_member, {"127.0.0.1", 40907}},
                                                   {second_member, {"127.0.0.1", 54271}}}));
}

TEST(answer, prefers_the_address_that_members_keep_for_clients) {
  whole changed(recorded::members);
  // The first member's other address: of kind 0, for members, and with its port, 40907. Then for clients.
  const std::string kind = recorded::bytes("0600000000100a000000000000000000");
  const std::size_t at = changed.bytes.find(kind);
  ASSERT_NE(at, std::string::npos);
  changed.bytes[at + 12] = 1;
  const std::size_t port = changed.bytes.find(recorded::bytes("cb9f0000"), at);
  changed.bytes[port] = static_cast<char>(0x46);
  changed.bytes[port + 1] = 0x16;
  const auto got = read_members(changed);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->all[0].at.port, 0x1646);
  EXPECT_EQ(got->all[1].at.port, 54271);
}

TEST(answer, with_the_owners_of_partitions) {
  const auto got = read_partitions(whole(recorded::partitions));
  ASSERT_TRUE(got);
  ASSERT_EQ(got->of.size(), 2u);
  std::size_t partitions = 0;
  for (const auto& [owner, list] : got->of) {
    EXPECT_TRUE(owner == first_member || owner == second_member);
    partitions += list.size();
  }
  EXPECT_EQ(partitions, 11u);
}

TEST(answer, with_events_of_an_entry) {
  const whole added(recorded::added), updated(recorded::updated), expired(recorded::expired);
  auto got = read_entry_event(added);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->kind, entry_event_kind::added);
  EXPECT_EQ(deserialize(*got->key)->text, "node-1");
  EXPECT_EQ(deserialize(*got->value)->text, R"({"a":1})");
  EXPECT_EQ(got->old_value, std::nullopt);
  got = read_entry_event(updated);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->kind, entry_event_kind::updated);
  EXPECT_EQ(deserialize(*got->value)->text, R"({"a":2})");
  EXPECT_EQ(deserialize(*got->old_value)->text, R"({"a":1})");
  got = read_entry_event(expired);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->kind, entry_event_kind::expired);
  EXPECT_EQ(got->value, std::nullopt);
  EXPECT_EQ(deserialize(*got->old_value)->text, R"({"a":2})");
}

TEST(answer, with_an_error) {
  const auto got = read_error(whole(recorded::error));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->code, 23);
  EXPECT_EQ(got->type, "java.lang.IllegalArgumentException");
  EXPECT_EQ(got->text, "Partition ID cannot be negative!");
  EXPECT_FALSE(is_passing(got->code));
  EXPECT_TRUE(is_passing(39));
}

TEST(answer, with_an_error_without_a_text) {
  const auto got =
      read_error(whole("13000000 00c0 00000000 0200000000000000 00 06000000 0010 06000000 0010 0a000000 0000 "
                       "35000000 07000000 0000 61"
                       "06000000 0004 06000000 0010 06000000 0008 06000000 0008 06000000 0028"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->code, 53);
  EXPECT_EQ(got->text, "");
}

TEST(answer, with_values) {
  const whole fresh(recorded::put_new), before(recorded::put_again), all(recorded::entries);
  EXPECT_EQ(read_value(fresh).value(), std::nullopt);
  EXPECT_EQ(deserialize(**read_value(before))->text, R"({"a":1})");
  const auto entries = read_entries(all);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_EQ(deserialize(entries->front().first)->text, "node-1");
  EXPECT_TRUE(read_flag(whole("14000000 00e0 01050100 0200000000000000 00 01")).value());
  EXPECT_FALSE(read_flag(whole("14000000 00e0 01050100 0200000000000000 00 00")).value());
  EXPECT_EQ(read_flag(fresh).error(), errc::bad_message);
}

/// Every frame left out once, and every message ended early: an error or a good answer, never more.
template <class Read>
void cut(std::string_view digits, Read read) {
  const std::string bytes = recorded::bytes(digits);
  std::vector<std::size_t> starts;
  frame_walk walk(bytes);
  for (std::size_t at = 0; !walk.at_end(); at += frame_head_size + walk.next().content.size())
    starts.push_back(at);
  starts.push_back(bytes.size());
  for (std::size_t i = 1; i + 1 < starts.size(); ++i) {
    const std::string without = bytes.substr(0, starts[i]) + bytes.substr(starts[i + 1]);
    (void)read(message(without));
    EXPECT_FALSE(read(message(std::string_view(bytes).substr(0, starts[i]))).has_value()) << i;
  }
}

TEST(answer, is_refused_when_frames_are_missing) {
  cut(recorded::members, read_members);
  cut(recorded::partitions, read_partitions);
  cut(recorded::entries, read_entries);
}

}  // namespace
}  // namespace blotter::hazelcast
