#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "node/node.hpp"

namespace blotter::node {
namespace {

/// A node with one viewer that is live and current, and the router's end of its link.
struct silence : testing::Test, sink {
  silence() : core(options(), *this) {
    core.link_up(now);
    core.received(link::feed_began{table::generation{1}, 1, ""}, now);
    core.received(link::feed_status{link::feed_status::state::current, ""}, now);
    core.open({"c1", {}, std::chrono::seconds(1)}, now);
    core.received(link::subscription_began{asked, link::subscription_began::resumed::yes}, now);
    core.received(link::subscription_caught_up{asked}, now);
    core.flush(now);
    EXPECT_TRUE(told.find("event: live") != std::string::npos) << told;
    told.clear();
  }
  static node_options options() {
    node_options mine;
    mine.member = "n";
    return mine;
  }
  /// Lets time go by as the shell does, a tick each 50 ms.
  void pass(milliseconds time) {
    for (const instant end = now + time; now < end;) {
      now += milliseconds(50);
      core.tick(now, wall_time(milliseconds(1)));
      core.flush(now);
    }
  }
  void hear() {
    core.received(link::heartbeat{1}, now);
    core.flush(now);
  }
  bool was_told(std::string_view text) const { return told.find(text) != std::string::npos; }

  bool send(viewer_id, std::string_view events) override {
    told += events;
    return true;
  }
  void end(viewer_id, ending) override {}
  void send(link::to_router message) override {
    if (const auto* subscribe = std::get_if<link::subscribe>(&message)) asked = subscribe->id;
  }
  void answer(request_id, std::string json) override { answered += json; }

  instant now{std::chrono::hours(1)};
  std::string told;
  std::string answered;
  link::subscription_id asked{};
  node core;
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
  core.received(link::feed_status{link::feed_status::state::lost, "the broker is gone"}, now);
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
