#include "app/watch_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace blotter::app {
namespace {

using namespace std::chrono_literals;
using state = watch_table::state;
using proof = watch_table::proof;
using outcome = watch_table::outcome;

const std::string hello = R"({"protocol":1,"member":"m-1","resumed":false,"reason":"new","beat":5})";
const std::string resumed = R"({"protocol":1,"member":"m-2","resumed":true,"beat":2})";
const std::string two_rows =
    R"([{"key":"AAPL","v":[3,1842],"row":{"price":1.50}},{"key":"MSFT","v":[0,17],"row":{ "a" : [1, {}] }}])";

result<outcome> tell(watch_table& table, std::string_view name, std::string_view data) {
  return table.apply({name, data, "", false});
}

/// As `live` would say it of the rows that `table` has.
std::string truth(const watch_table& table) {
  return R"({"count":)" + std::to_string(table.rows().size()) + R"(,"checksum":")" + table.checksum() + "\"}";
}

watch_table live_table() {
  watch_table table;
  EXPECT_EQ(tell(table, "hello", hello).value(), outcome::forgotten);
  EXPECT_EQ(tell(table, "rows", two_rows).value(), outcome::rows);
  EXPECT_EQ(tell(table, "live", truth(table)).value(), outcome::proof);
  return table;
}

TEST(watch_table, keeps_the_last_value_of_each_row) {
  watch_table table = live_table();
  ASSERT_EQ(table.rows().size(), 2u);
  EXPECT_EQ(table.rows().at("AAPL").json, R"({"price":1.50})");
  EXPECT_EQ(table.rows().at("MSFT").json, R"({ "a" : [1, {}] })");
  EXPECT_TRUE(tell(table, "rows", R"([{"key":"AAPL","v":[3,1900],"row":{"price":2}}])"));
  EXPECT_EQ(table.rows().at("AAPL").version, (table::position{3, 1900}));
  EXPECT_EQ(table.rows().at("AAPL").json, R"({"price":2})");
  EXPECT_TRUE(tell(table, "rows",
                   R"([{"key":"AAPL","v":[3,1901],"deleted":true},{"key":"X","v":[0,1],"deleted":true}])"));
  EXPECT_EQ(table.rows().size(), 1u);
  EXPECT_EQ(table.changes(), 5u);
}

TEST(watch_table, computes_the_checksum_of_the_protocol) {
  watch_table table;
  EXPECT_EQ(table.checksum(), "0000000000000000");
  // Computed apart from our code, by the rule in docs/protocol.md.
  EXPECT_TRUE(tell(table, "rows", R"([{"key":"AAPL","v":[3,1842],"row":{}}])"));
  EXPECT_EQ(table.checksum(), "49201d4efe39edbf");
  EXPECT_TRUE(tell(table, "rows", R"([{"key":"\u00e4\u20ac","v":[16777215,9007199254740991],"row":{}}])"));
  EXPECT_EQ(table.checksum(), "77c59769c427b4d7");
  EXPECT_TRUE(tell(table, "rows", R"([{"key":"AAPL","v":[3,1843],"deleted":true}])"));
  EXPECT_TRUE(tell(table, "rows", R"([{"key":"ä€","v":[0,1],"deleted":true}])"));
  EXPECT_EQ(table.checksum(), "0000000000000000");
}

TEST(watch_table, is_live_only_once_it_has_everything) {
  watch_table table;
  EXPECT_EQ(table.now(), state::waiting);
  EXPECT_TRUE(tell(table, "hello", hello));
  EXPECT_TRUE(tell(table, "status", R"({"state":"current"})"));
  EXPECT_TRUE(tell(table, "rows", two_rows));
  EXPECT_EQ(table.now(), state::waiting);
  EXPECT_EQ(table.reason(), "loading");
  EXPECT_TRUE(tell(table, "live", truth(table)));
  EXPECT_EQ(table.now(), state::live);
  EXPECT_EQ(table.reason(), "");
  EXPECT_EQ(table.member(), "m-1");
}

TEST(watch_table, is_stale_for_as_long_as_the_server_says_so) {
  watch_table table = live_table();
  EXPECT_EQ(tell(table, "status", R"({"state":"stale","reason":"feed","text":"broker lost"})").value(),
            outcome::status);
  EXPECT_EQ(table.now(), state::stale);
  EXPECT_EQ(table.reason(), "feed: broker lost");
  EXPECT_TRUE(tell(table, "live", truth(table)));
  EXPECT_EQ(table.now(), state::stale) << "only `current` ends it";
  EXPECT_TRUE(tell(table, "status", R"({"state":"current"})"));
  EXPECT_EQ(table.now(), state::live);
}

TEST(watch_table, is_stale_while_its_stream_is_gone_and_until_the_next_is_live) {
  watch_table table = live_table();
  table.disconnected("connection reset");
  EXPECT_EQ(table.now(), state::stale);
  EXPECT_EQ(table.reason(), "connection reset");
  EXPECT_EQ(tell(table, "hello", resumed).value(), outcome::nothing);
  EXPECT_NE(table.now(), state::live);
  EXPECT_EQ(table.rows().size(), 2u) << "a resumed stream keeps its rows";
  EXPECT_EQ(table.beat(), 2s);
  EXPECT_TRUE(tell(table, "live", truth(table)));
  EXPECT_EQ(table.now(), state::live);
}

TEST(watch_table, verifies_count_and_checksum) {
  watch_table table = live_table();
  EXPECT_EQ(table.proven(), proof::verified);
  EXPECT_TRUE(tell(table, "beat", R"({"time":1,"lag":0})"));
  EXPECT_EQ(table.proven(), proof::verified) << "a beat without proof proves nothing new";
  EXPECT_TRUE(tell(table, "beat", R"({"time":1,"lag":0,"count":3,"checksum":")" + table.checksum() + "\"}"));
  EXPECT_EQ(table.proven(), proof::wrong);
  EXPECT_TRUE(tell(table, "beat", truth(table)));
  EXPECT_EQ(table.proven(), proof::verified);
  EXPECT_TRUE(tell(table, "beat", R"({"count":2,"checksum":"0000000000000000"})"));
  EXPECT_EQ(table.proven(), proof::wrong);
}

TEST(watch_table, cannot_verify_rows_that_began_at_a_bookmark_until_all_are_sent_again) {
  watch_table table("b7");
  EXPECT_EQ(table.bookmark(), "b7");
  EXPECT_TRUE(tell(table, "hello", resumed));
  EXPECT_TRUE(tell(table, "live", R"({"count":20,"checksum":"0000000000000001"})"));
  EXPECT_EQ(table.proven(), proof::impossible);
  EXPECT_EQ(tell(table, "reset", R"({"reason":"horizon","text":"t"})").value(), outcome::forgotten);
  EXPECT_EQ(table.now(), state::waiting);
  EXPECT_TRUE(tell(table, "rows", two_rows));
  EXPECT_TRUE(tell(table, "live", truth(table)));
  EXPECT_EQ(table.proven(), proof::verified);
}

TEST(watch_table, forgets_its_rows_at_a_reset_or_when_the_stream_begins_anew) {
  watch_table table = live_table();
  EXPECT_TRUE(tell(table, "reset", R"({"reason":"generation"})"));
  EXPECT_TRUE(table.rows().empty());
  EXPECT_EQ(table.checksum(), "0000000000000000");
  table = live_table();
  EXPECT_TRUE(tell(table, "hello", hello));
  EXPECT_TRUE(table.rows().empty());
  table = live_table();
  table.start_over();
  EXPECT_TRUE(table.rows().empty());
  EXPECT_EQ(table.bookmark(), "");
}

TEST(watch_table, moves_its_bookmark_with_the_rows_it_stands_for) {
  watch_table table;
  EXPECT_TRUE(table.apply({"rows", two_rows, "b1", true}));
  EXPECT_EQ(table.bookmark(), "b1");
  EXPECT_TRUE(table.apply({"rows", two_rows, "b1", false}));
  EXPECT_FALSE(table.apply({"rows", R"([{"key":"A"}])", "b2", true}));
  EXPECT_EQ(table.bookmark(), "b1");
  EXPECT_TRUE(table.apply({"unknown", "", "b3", true}));
  EXPECT_EQ(table.bookmark(), "b3");
}

TEST(watch_table, takes_an_event_whole_or_not_at_all) {
  watch_table table = live_table();
  const std::string before = table.checksum();
  for (const char* bad :
       {"", "null", "{}", "[", R"([{"key":"A","v":[0,1],"row":{}}, 5])", R"([{"v":[0,1],"row":{}}])",
        R"([{"key":"A","row":{}}])", R"([{"key":"A","v":[0,1]}])", R"([{"key":"A","v":[0],"row":{}}])",
        R"([{"key":"A","v":[0,1,2],"row":{}}])", R"([{"key":"A","v":[-1,1],"row":{}}])",
        R"([{"key":"A","v":[16777216,1],"row":{}}])", R"([{"key":"A","v":[0,-1],"row":{}}])",
        R"([{"key":"A","v":[0,1.5],"row":{}}])", R"([{"key":5,"v":[0,1],"row":{}}])",
        R"([{"key":"A","v":[0,1],"row":[]}])", R"([{"key":"A","v":[0,1],"row":{},"deleted":true}])",
        R"([{"key":"A","v":[0,1],"row":{}})"}) {
    EXPECT_EQ(tell(table, "rows", bad).error(), watch_errc::malformed) << bad;
  }
  EXPECT_EQ(table.checksum(), before);
  EXPECT_EQ(tell(table, "hello", "[]").error(), watch_errc::malformed);
  EXPECT_EQ(tell(table, "status", R"({"state":"odd"})").error(), watch_errc::malformed);
  EXPECT_EQ(tell(table, "live", R"({"count":-1})").error(), watch_errc::malformed);
}

TEST(watch_table, passes_on_what_ends_or_moves_its_stream) {
  watch_table table = live_table();
  EXPECT_EQ(tell(table, "moving", R"({"reason":"drain"})").value(), outcome::moving);
  EXPECT_EQ(tell(table, "bye", R"({"code":3,"reason":"overload","reconnect":true})").value(), outcome::bye);
  EXPECT_EQ(table.bye().code, 3);
  EXPECT_EQ(table.bye().reason, "overload");
  EXPECT_TRUE(table.bye().reconnect);
  EXPECT_EQ(tell(table, "future", "whatever").value(), outcome::nothing);
}

}  // namespace
}  // namespace blotter::app
