#include <gtest/gtest.h>

#include <string>

#include "node/node.hpp"

namespace blotter::node {
namespace {

/// A node whose replica is at row 5 of the one partition, and a viewer whose bookmark has seen row 7: another
/// node was ahead.
struct ahead : testing::Test, sink {
  ahead() : core(options(), *this) {
    core.link_up(link_id{1}, now);
    say(link::feed_began{table::generation{1}, 1, ""});
    say(link::serving{{0}});
    say(link::feed_status{link::feed_status::state::current, ""});
    core.open({"c1", {}, std::chrono::seconds(30)}, now);
    say(link::subscription_began{asked, link::subscription_began::resumed::yes});
    row(5);
    say(link::subscription_caught_up{asked});
    told.clear();
    table::bookmark mark{table::generation{1}, {}};
    mark.seen.set({0, 7});
    text = mark.text();
    viewer = core.open({"c1", text, std::chrono::seconds(30)}, now);
    pass(milliseconds(100));
  }
  static node_options options() {
    node_options mine;
    mine.member = "n";
    return mine;
  }
  void say(link::to_node message) {
    core.received(link_id{1}, std::move(message), now);
    core.flush(now);
  }
  void row(table::record_offset at) {
    say(link::rows{{{asked, table::row_content("A", "{}"), {0, at}, {}, {}}}});
  }
  void pass(milliseconds time) {
    for (const instant end = now + time; now < end;) {
      now += milliseconds(50);
      say(link::heartbeat{1});
      core.tick(now, wall_time(milliseconds(1)));
      core.flush(now);
    }
  }
  bool was_told(std::string_view what) const { return told.find(what) != std::string::npos; }

  bool send(viewer_id, std::string_view events) override {
    told += events;
    return true;
  }
  void end(viewer_id, ending) override {}
  void send(link_id, link::to_router message) override {
    if (const auto* subscribe = std::get_if<link::subscribe>(&message)) asked = subscribe->id;
  }
  void answer(request_id, std::string) override {}

  instant now{std::chrono::hours(1)};
  std::string told;
  std::string text;
  link::subscription_id asked{};
  viewer_id viewer{};
  node core;
};

TEST_F(ahead, is_no_reason_to_begin_anew_when_the_replica_follows_within_a_moment) {
  EXPECT_FALSE(was_told("event: hello")) << told;
  row(6);
  told.clear();
  row(7);
  EXPECT_TRUE(was_told("\"resumed\":true")) << told;
  EXPECT_FALSE(was_told("event: reset"));
}

// blotter-sim --seed 528095
TEST_F(ahead, is_not_proven_equal_before_all_that_was_seen_is_sure_to_be_here) {
  // The router has passed over B at 7, which has changed again since and comes last.
  row(9);
  EXPECT_TRUE(was_told("\"resumed\":true")) << told;
  EXPECT_TRUE(was_told("event: rows")) << "no row waits for it";
  EXPECT_FALSE(was_told("event: live"));
  say(link::progress{{{0, 7, 0}}});
  EXPECT_FALSE(was_told("event: live")) << "7 itself is not sure yet";
  say(link::progress{{{0, 8, 0}}});
  EXPECT_TRUE(was_told("event: live")) << told;
}

TEST_F(ahead, is_over_when_progress_passes_what_was_seen) {
  say(link::progress{{{0, 8, 0}}});
  EXPECT_TRUE(was_told("\"resumed\":true")) << told;
}

TEST_F(ahead, is_a_reset_when_nothing_follows) {
  pass(options().future_time);
  EXPECT_TRUE(was_told("\"reason\":\"future\"")) << told;
  EXPECT_TRUE(was_told("event: live"));
}

TEST_F(ahead, ends_with_the_viewer) {
  core.closed(viewer, now);
  told.clear();
  pass(options().future_time + milliseconds(100));
  EXPECT_FALSE(was_told("event: hello"));
}

}  // namespace
}  // namespace blotter::node
