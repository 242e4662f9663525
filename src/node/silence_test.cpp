#include <gtest/gtest.h>

#include <string>

#include "node/one_viewer.hpp"

namespace blotter::node {
namespace {

struct silence : testing::Test, one_viewer {
  silence() {
    EXPECT_TRUE(was_told("event: live")) << told;
    told.clear();
  }
  void hear() {
    one_viewer::hear();
    core.flush(now);
  }
};

TEST_F(silence, of_the_router_makes_viewers_stale) {
  pass(link::silence_max);
  EXPECT_EQ(core.freshness(), sse::freshness::current);
  pass(milliseconds(100));
  EXPECT_EQ(core.freshness(), sse::freshness::router);
  core.open({"c1", {}, std::chrono::seconds(1)}, now);
  EXPECT_TRUE(was_told("\"reason\":\"router\"")) << told;
}

// blotter-sim --seed 2018544
TEST_F(silence, ends_only_when_what_the_link_held_back_has_had_time_to_come) {
  pass(link::silence_max + milliseconds(100));
  hear();
  EXPECT_EQ(core.freshness(), sse::freshness::router) << "rows may be behind this word";
  pass(link::heartbeat_period - milliseconds(50));
  EXPECT_EQ(core.freshness(), sse::freshness::router);
  pass(milliseconds(50));
  EXPECT_EQ(core.freshness(), sse::freshness::current);
}

TEST_F(silence, is_followed_by_what_the_feed_said_meanwhile) {
  pass(link::silence_max + milliseconds(100));
  core.received(link_id{1}, link::feed_status{link::feed_status::state::lost, "the broker is gone"}, now);
  EXPECT_EQ(core.freshness(), sse::freshness::router);
  pass(link::heartbeat_period);
  EXPECT_EQ(core.freshness(), sse::freshness::feed);
}

TEST_F(silence, is_not_the_routers_while_this_loop_itself_stood_still) {
  pass(milliseconds(50));
  now += std::chrono::seconds(5);
  core.tick(now, {});
  EXPECT_EQ(core.freshness(), sse::freshness::current);
  hear();
  EXPECT_EQ(core.freshness(), sse::freshness::current);
}

TEST_F(silence, leaves_answers_marked_as_not_current_until_it_is_over) {
  pass(link::silence_max + milliseconds(100));
  hear();
  core.ask_rows(request_id{1}, "c1", now);
  EXPECT_NE(answered.find("\"state\":\"stale\""), std::string::npos) << answered;
  pass(link::heartbeat_period);
  answered.clear();
  core.ask_rows(request_id{2}, "c1", now);
  EXPECT_NE(answered.find("\"state\":\"current\""), std::string::npos) << answered;
}

}  // namespace
}  // namespace blotter::node
