#include "directory/member_text.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"
#include "directory/errc.hpp"

namespace blotter::directory {
namespace {

lease a_router() {
  return {.who = {.id = member_id::parse("router-1").value(),
                  .roles = {role::router},
                  .address = "10.0.0.1:8080",
                  .started = wall_time(milliseconds(1'763'800'000'000)),
                  .stage = stage::serving,
                  .load = {.number = 7,
                           .busy = 0.25,
                           .viewers = 3,
                           .rows_per_second = 1234.5,
                           .flush_delay = milliseconds(2),
                           .memory = 1'000'000,
                           .room = intake::full},
                  .link_address = "[::1]:9000",
                  .feed = {.generation = 0x00ABCDEF01234567,
                           .partitions = 64,
                           .held = {0, 1, 2, 17, 63},
                           .caught_up = {0, 1, 2},
                           .room = intake::full}},
          .incarnation = 4'194'305,
          .renewal = 9};
}

constexpr std::string_view written =
    R"({"format":1,"id":"router-1","incarnation":4194305,"renewal":9,"roles":["router"],"stage":"serving",)"
    R"("address":"10.0.0.1:8080","link_address":"[::1]:9000","started":1763800000000,"load":{"number":7,)"
    R"("busy":0.25,"viewers":3,"rows_per_second":1234.5,"flush_delay_ms":2,"memory":1000000,"room":"full"},)"
    R"("feed":{"generation":"00abcdef01234567","partitions":64,"held":"0-2,17,63","caught_up":"0-2",)"
    R"("room":"full"}})";

/// `written` with the first `old` made another.
std::string with(std::string_view old, std::string_view other) {
  std::string text(written);
  const auto at = text.find(old);
  EXPECT_NE(at, text.npos) << old;
  return text.replace(at, old.size(), other);
}

error_code refusal(std::string_view json) {
  const auto read = read_lease("router-1", json);
  return read ? error_code() : read.error();
}

TEST(member_text, is_what_the_header_says) {
  EXPECT_EQ(to_json(a_router()), written);
  EXPECT_EQ(read_lease("router-1", written).value(), a_router());
}

TEST(member_text, is_short_for_a_member_that_has_nothing_to_say) {
  const lease bare{.who = {.id = member_id::parse("m").value(), .roles = {role::node, role::gateway}}};
  EXPECT_EQ(read_lease("m", to_json(bare)).value(), bare);
  EXPECT_EQ(read_lease("m", R"({"format":1,"id":"m","incarnation":1,"renewal":1,"roles":["node","gateway"],)"
                            R"("stage":"starting"})")
                .value(),
            bare);
}

TEST(member_text, holds_an_address_for_each_core_that_takes_links) {
  const std::string_view one = "\"[::1]:9000\"";
  EXPECT_EQ(read_lease("router-1", with(one, "\"10.0.0.1:1,10.0.0.1:2,[::1]:3\"")).value().who.link_address,
            "10.0.0.1:1,10.0.0.1:2,[::1]:3");
  for (const char* wrong : {"\",\"", "\"h:1,\"", "\",h:1\"", "\"h:1,,h:2\"", "\"h:1,h\"", "\"h:1,h:0\""})
    EXPECT_EQ(refusal(with(one, wrong)), errc::record_field_bad) << wrong;
  std::string many = "h:1";
  for (int i = 1; i < 256; ++i) many += ",h:1";
  EXPECT_TRUE(read_lease("router-1", with(one, "\"" + many + "\"")).has_value());
  EXPECT_EQ(refusal(with(one, "\"" + many + ",h:1\"")), errc::record_field_bad);
}

TEST(member_text, says_where_browsers_reach_a_node) {
  lease named = a_router();
  for (const char* url :
       {"https://n1.example", "http://[::1]:8080", "https://[::1]", "https://n1.example:8443"}) {
    named.who.url = url;
    EXPECT_EQ(read_lease("router-1", to_json(named)).value(), named) << url;
  }
  for (const char* wrong : {"n1.example", "ftp://n1", "https://", "https://n1/path", "https://n1:99999",
                            "https://a b", "javascript:alert(1)", "https://n1?x", "https://u@n1"}) {
    named.who.url = wrong;
    EXPECT_EQ(refusal(to_json(named)), errc::record_field_bad) << wrong;
  }
  named.who.url = "https://" + std::string(300, 'n');
  EXPECT_EQ(refusal(to_json(named)), errc::record_field_bad);
}

TEST(member_text, names_the_topic_of_a_router) {
  lease named = a_router();
  for (const std::string& topic :
       {std::string("orders"), std::string("Fills_2.eu-1"), std::string(249, 't')}) {
    named.who.topic = topic;
    EXPECT_EQ(read_lease("router-1", to_json(named)).value(), named) << topic;
  }
  for (const std::string& wrong : {std::string("a b"), std::string("a/b"), std::string(250, 't')}) {
    named.who.topic = wrong;
    EXPECT_EQ(refusal(to_json(named)), errc::record_field_bad) << wrong;
  }
  EXPECT_EQ(refusal(with("\"format\":1,", "\"format\":1,\"topic\":7,")), errc::record_field_bad);
}

TEST(member_text, ignores_fields_that_it_does_not_know_and_their_order) {
  EXPECT_EQ(read_lease("router-1", with("\"format\":1,", "\"new\":[{\"a\":[1]}],\"z\":null,")).error(),
            errc::record_field_missing);
  EXPECT_EQ(read_lease("router-1", with("\"format\":1,", "\"new\":[{\"a\":[1]}],\"format\":1,")).value(),
            a_router());
  EXPECT_EQ(read_lease("router-1", with("{\"number\":7,", "{\"cores\":4,\"number\":7,")).value(), a_router());
  EXPECT_EQ(read_lease("router-1", with("\"room\":\"full\"}}", "\"room\":\"full\"},\"zone\":\"b\"}")).value(),
            a_router());
}

TEST(member_text, brings_what_it_writes_into_its_bounds) {
  lease odd = a_router();
  odd.who.load.busy = 1.0000001;
  odd.who.load.rows_per_second = -1;
  odd.who.load.memory = UINT64_MAX;
  odd.who.load.flush_delay = milliseconds(-5);
  odd.who.started = wall_time(milliseconds(-1));
  const auto read = read_lease("router-1", to_json(odd));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->who.load.busy, 1);
  EXPECT_EQ(read->who.load.rows_per_second, 0);
  EXPECT_EQ(read->who.load.memory, lease_number_max);
  EXPECT_EQ(read->who.load.flush_delay.count(), 0);
}

TEST(member_text, refuses_what_is_no_record) {
  for (const std::string_view text :
       {"", " ", "null", "[]", "7", "{", "{}}", "{\"a\":1", "\xFF", "{\"a\":\"\xFF\"}"})
    EXPECT_EQ(refusal(text), errc::record_not_json) << text;
  EXPECT_EQ(refusal("{}"), errc::record_field_missing);
  EXPECT_EQ(refusal(std::string(record_size_max + 1, ' ')), errc::record_too_long);
  EXPECT_EQ(refusal(with("\"format\":1,", "\"a\":[[[[[[[[[]]]]]]]]],\"format\":1,")), errc::record_not_json);
  EXPECT_EQ(refusal(std::string(100'000, '[')), errc::record_not_json);
}

TEST(member_text, refuses_another_format_before_all_else) {
  EXPECT_EQ(refusal(with("\"format\":1", "\"format\":2")), errc::record_of_other_format);
  EXPECT_EQ(refusal(R"({"format":2})"), errc::record_of_other_format);
  EXPECT_EQ(refusal(with("\"format\":1", "\"format\":\"1\"")), errc::record_field_bad);
}

TEST(member_text, refuses_a_record_under_another_key) {
  EXPECT_EQ(read_lease("router-2", written).error(), errc::record_of_other_key);
  EXPECT_EQ(refusal(with("router-1", "a b")), errc::bad_member_id);
}

TEST(member_text, refuses_a_role_or_stage_that_does_not_exist) {
  EXPECT_EQ(refusal(with("[\"router\"]", "[\"admin\"]")), errc::unknown_role);
  EXPECT_EQ(refusal(with("[\"router\"]", "[]")), errc::record_field_bad);
  EXPECT_EQ(refusal(with("[\"router\"]", "[\"router\",\"router\"]")), errc::record_field_bad);
  EXPECT_EQ(refusal(with("[\"router\"]", "\"router\"")), errc::record_field_bad);
  EXPECT_EQ(refusal(with("\"serving\"", "\"resting\"")), errc::unknown_stage);
}

TEST(member_text, refuses_fields_out_of_their_bounds) {
  const std::pair<const char*, const char*> changes[] = {
      {"\"incarnation\":4194305", "\"incarnation\":0"},
      {"\"incarnation\":4194305", "\"incarnation\":9007199254740992"},
      {"\"renewal\":9", "\"renewal\":-1"},
      {"\"renewal\":9", "\"renewal\":1.5"},
      {"\"busy\":0.25", "\"busy\":1.5"},
      {"\"busy\":0.25", "\"busy\":-0.1"},
      {"\"busy\":0.25", "\"busy\":\"much\""},
      {"\"rows_per_second\":1234.5", "\"rows_per_second\":1e13"},
      {"\"flush_delay_ms\":2", "\"flush_delay_ms\":3600001"},
      {"1000000,\"room\":\"full\"", "1000000,\"room\":\"some\""},
      {"\"started\":1763800000000", "\"started\":-1"},
      {"10.0.0.1:8080", "10.0.0.1"},
      {"10.0.0.1:8080", ":8080"},
      {"10.0.0.1:8080", "a:0"},
      {"10.0.0.1:8080", "a:65536"},
      {"10.0.0.1:8080", "a b:1"},
      {"10.0.0.1:8080", "<b>:1"},
      {"\"[::1]:9000\"", "5"},
      {"00abcdef01234567", "00ABCDEF01234567"},
      {"00abcdef01234567", "1"},
      {"\"partitions\":64", "\"partitions\":63"},
      {"\"partitions\":64", "\"partitions\":16385"},
      {"\"held\":\"0-2,17,63\"", "\"held\":\"2-0\""},
      {"\"caught_up\":\"0-2\"", "\"caught_up\":\"3\""},
      {"\"room\":\"full\"", "\"room\":\"some\""},
      {"{\"number\":7,", "{\"number\":null,"},
  };
  for (const auto& [old, other] : changes)
    EXPECT_EQ(refusal(with(old, other)), errc::record_field_bad) << other;
  EXPECT_EQ(refusal(with("\"load\":{", "\"load\":[],\"was\":{")), errc::record_field_bad);
  EXPECT_EQ(refusal(with("\"renewal\":9,", "")), errc::record_field_missing);
}

TEST(member_text, survives_any_bytes) {
  random_source chance(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(written);
    for (std::uint64_t changes = 1 + chance.below(4); changes > 0; --changes) {
      const std::size_t at = chance.below(text.size());
      if (chance.below(2) == 0)
        text[at] = static_cast<char>(chance.below(256));
      else
        text.erase(at, 1 + chance.below(8));
    }
    const auto read = read_lease("router-1", text);
    if (!read) continue;
    EXPECT_EQ(read_lease("router-1", to_json(*read)).value(), *read);
  }
}

TEST(incarnation, is_newer_than_the_one_before_and_decided_by_chance_between_two) {
  const auto first = next_incarnation(0, 5);
  EXPECT_GT(first, 0u);
  EXPECT_GT(next_incarnation(first, 0), first);
  EXPECT_NE(next_incarnation(0, 5), next_incarnation(0, 6));
  EXPECT_LE(next_incarnation(next_incarnation(0, UINT64_MAX), UINT64_MAX), lease_number_max);
}

}  // namespace
}  // namespace blotter::directory
