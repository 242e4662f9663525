#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "node/node.hpp"

namespace blotter::node {
namespace {

/// A node with one viewer that is live and current, sent one row an event, and the router's end of its link.
struct lagging : testing::Test, sink {
  lagging() : core(options(), *this) {
    core.link_up(link_id{1}, now);
    core.received(link_id{1}, link::feed_began{table::generation{1}, 1, ""}, now);
    core.received(link_id{1}, link::serving{{0}}, now);
    core.received(link_id{1}, link::feed_status{link::feed_status::state::current, ""}, now);
    watching = core.open({"c1", {}, std::chrono::seconds(1)}, now);
    core.received(link_id{1}, link::subscription_began{asked, link::subscription_began::resumed::yes}, now);
    core.received(link_id{1}, link::subscription_caught_up{asked}, now);
    pass(milliseconds(200));
    EXPECT_TRUE(was_told("event: live")) << told;
    told.clear();
  }
  static node_options options() {
    node_options mine;
    mine.member = "n";
    mine.event_rows_max = 1;
    return mine;
  }
  /// Lets time go by as the shell does, a tick each 50 ms.
  void pass(milliseconds time) {
    for (const instant end = now + time; now < end;) turn(milliseconds(50));
  }
  /// One turn of the loop, with a tick, so long after the one before.
  void turn(milliseconds after) {
    now += after;
    core.received(link_id{1}, link::heartbeat{1}, now);
    core.tick(now, wall_time(milliseconds(1)));
    core.flush(now);
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
  bool was_told(std::string_view text) const { return told.find(text) != std::string::npos; }

  bool send(viewer_id, std::string_view events) override {
    told += events;
    return takes_more;
  }
  void end(viewer_id, ending) override {}
  void send(link_id, link::to_router message) override {
    if (const auto* subscribe = std::get_if<link::subscribe>(&message)) asked = subscribe->id;
  }
  void answer(request_id, std::string json) override { answered += json; }

  instant now{std::chrono::hours(1)};
  std::string told;
  std::string answered;
  bool takes_more = true;
  link::subscription_id asked{};
  viewer_id watching{};
  table::record_offset next = 0;
  node core;
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
