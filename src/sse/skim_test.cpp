#include "sse/skim.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"
#include "sse/events.hpp"

namespace blotter::sse {
namespace {

TEST(skim, finds_the_last_id_and_that_everything_is_there) {
  std::string text;
  append_retry(text, milliseconds(1000));
  append_hello_fresh(text, "m-1", "new", std::chrono::seconds(5), {});
  append_live(text, "1abc", {});
  const skimmed seen = skim(text);
  EXPECT_TRUE(seen.whole);
  EXPECT_TRUE(seen.hello);
  EXPECT_TRUE(seen.live);
  EXPECT_FALSE(seen.rows);
  EXPECT_EQ(seen.last_id, "1abc");
  EXPECT_EQ(seen.status, skimmed::told::nothing);
}

TEST(skim, takes_no_data_for_an_id) {
  const skimmed seen = skim("event: rows\ndata: [{\"key\":\"id: 7\",\"row\":{\"x\":\"event: live\"}}]\n\n");
  EXPECT_TRUE(seen.whole);
  EXPECT_FALSE(seen.last_id);
  EXPECT_FALSE(seen.live);
  EXPECT_TRUE(seen.rows);
}

TEST(skim, takes_no_field_that_only_begins_like_one) {
  const skimmed seen = skim("event: beat\nidx: 7\nidentity: 8\neventually: live\n:id: 9\n\n");
  EXPECT_FALSE(seen.last_id);
  EXPECT_FALSE(seen.live);
}

TEST(skim, knows_rows_behind_the_last_id_from_those_that_it_stands_for) {
  std::string text = "event: rows\ndata: []\nid: 1a\n\n";
  EXPECT_FALSE(skim(text).rows);
  text += "event: rows\ndata: []\n\n";
  EXPECT_TRUE(skim(text).rows);
  EXPECT_EQ(skim(text).last_id, "1a");
}

TEST(skim, says_that_a_reset_ends_an_id_and_being_live) {
  std::string text;
  append_live(text, "1a", {});
  append_reset(text, reset_reason::generation, "the feed began anew");
  skimmed seen = skim(text);
  EXPECT_FALSE(seen.live);
  EXPECT_TRUE(seen.reset);
  ASSERT_TRUE(seen.last_id);
  EXPECT_TRUE(seen.last_id->empty());
  append_live(text, "1b", {});
  seen = skim(text);
  EXPECT_TRUE(seen.live);
  EXPECT_EQ(seen.last_id, "1b");
}

TEST(skim, says_what_was_told_last_of_freshness) {
  std::string text;
  append_status(text, freshness::node, "{\"state\":\"current\"}");
  EXPECT_EQ(skim(text).status, skimmed::told::stale);
  append_status(text, freshness::current, "");
  EXPECT_EQ(skim(text).status, skimmed::told::current);
}

TEST(skim, refuses_what_is_no_whole_events) {
  std::string text;
  append_live(text, "1a", {});
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(skim(std::string_view(text).substr(0, size)).whole) << size;
  EXPECT_FALSE(skim("").whole);
}

TEST(skim, bears_anything) {
  random_source random(7);
  constexpr std::string_view letters = "\n\n\n: ieventdalivrows\r\0{}";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto left = random.below(60); left > 0; --left)
      text.push_back(letters[random.below(letters.size())]);
    const skimmed seen = skim(text);
    EXPECT_EQ(seen.whole, text.ends_with("\n\n") || text == "\n");
    if (!seen.last_id) continue;
    EXPECT_NE(text.find(std::string("id")), std::string::npos);
    EXPECT_EQ(seen.last_id->find('\n'), std::string_view::npos);
  }
}

}  // namespace
}  // namespace blotter::sse
