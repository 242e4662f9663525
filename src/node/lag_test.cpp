#include <gtest/gtest.h>

#include <string>

#include "node/one_viewer.hpp"

namespace blotter::node {
namespace {

/// Sent one row an event.
struct lagging : testing::Test, one_viewer {
  lagging() : one_viewer(options()) {
    pass(milliseconds(200));
    EXPECT_TRUE(was_told("event: live")) << told;
    told.clear();
  }
  static node_options options() {
    node_options mine;
    mine.event_rows_max = 1;
    return mine;
  }
  void turn(milliseconds after) {
    now += after;
    hear();
    one_viewer::turn(milliseconds(0));
  }
  void pass(milliseconds time) {
    for (const instant end = now + time; now < end;) turn(milliseconds(50));
  }
  void rows_come(int count) {
    link::rows message;
    for (int i = 0; i < count; ++i)
      message.all.push_back({asked,
                             table::row_content("k" + std::to_string(next), "{}"),
                             {0, next++},
                             {},
                             table::change_kind::put,
                             false});
    core.received(link_id{1}, message, now);
  }

  table::record_offset next = 0;
};

// blotter-sim --seed 484481
TEST_F(lagging, in_taking_in_what_comes_makes_viewers_stale) {
  turn(milliseconds(900));
  EXPECT_FALSE(was_told("event: status")) << told;
  turn(milliseconds(1100));
  EXPECT_TRUE(was_told(R"({"state":"stale","reason":"node")")) << told;
  EXPECT_EQ(core.freshness(), sse::freshness::current) << "nothing is wrong with the feed";
  core.ask_rows(request_id{1}, "c1", now);
  EXPECT_NE(answered.find("\"state\":\"stale\""), std::string::npos) << answered;
}

TEST_F(lagging, is_known_without_a_tick_when_that_waits_behind_what_came) {
  now += milliseconds(1100);
  core.flush(now);
  EXPECT_TRUE(was_told(R"({"state":"stale","reason":"node")")) << told;
}

TEST_F(lagging, ends_when_the_loop_has_kept_up_for_a_while) {
  turn(milliseconds(1100));
  told.clear();
  turn(milliseconds(50));
  EXPECT_FALSE(was_told("current")) << "what links held back comes in more than one turn";
  pass(milliseconds(250));
  EXPECT_TRUE(was_told(R"({"state":"current"})")) << told;
  told.clear();
  core.open({"c1", {}, std::chrono::seconds(1)}, now);
  EXPECT_FALSE(was_told("event: status")) << told;
}

TEST_F(lagging, is_told_to_who_comes_and_in_beats) {
  turn(milliseconds(1500));
  told.clear();
  core.open({"c1", {}, std::chrono::seconds(1)}, now);
  EXPECT_TRUE(was_told(R"({"state":"stale","reason":"node")")) << told;
  for (int i = 0; i < 3; ++i) turn(milliseconds(1500));
  EXPECT_TRUE(was_told("event: beat")) << told;
  EXPECT_FALSE(was_told("\"lag\":0")) << told;
  EXPECT_TRUE(was_told("\"lag\":1500")) << told;
}

// blotter-sim --seed 1795500000076866
TEST_F(lagging, in_sending_makes_stale_whom_rows_are_on_their_way_to) {
  rows_come(6);
  turn(milliseconds(600));
  EXPECT_FALSE(was_told("event: status")) << told;
  turn(milliseconds(600));
  EXPECT_TRUE(was_told(R"({"state":"stale","reason":"node")")) << told;
  turn(milliseconds(600));
  turn(milliseconds(600));
  EXPECT_FALSE(was_told("current")) << told;
  turn(milliseconds(600));
  EXPECT_TRUE(told.ends_with("data: {\"state\":\"current\"}\n\n")) << "behind the last row: " << told;
}

TEST_F(lagging, is_not_said_of_a_viewer_that_is_sent_everything_at_once_when_it_takes_it) {
  takes_more = false;
  rows_come(1);
  turn(milliseconds(50));
  rows_come(1);
  pass(milliseconds(3000));
  takes_more = true;
  core.writable(watching, now);
  EXPECT_FALSE(was_told("event: status")) << told;
}

TEST_F(lagging, is_said_of_a_viewer_that_could_take_nothing_and_has_more_to_read) {
  takes_more = false;
  rows_come(1);
  turn(milliseconds(50));
  rows_come(3);
  pass(milliseconds(3000));
  takes_more = true;
  core.writable(watching, now);
  EXPECT_TRUE(was_told(R"({"state":"stale","reason":"node")")) << told;
  pass(milliseconds(200));
  EXPECT_TRUE(was_told(R"({"state":"current"})")) << told;
}

}  // namespace
}  // namespace blotter::node
