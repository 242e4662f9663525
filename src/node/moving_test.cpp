#include <gtest/gtest.h>

#include <map>
#include <string>

#include "node/node.hpp"

namespace blotter::node {
namespace {

/// A node that has the table of c1 and leaves.
struct moving : testing::Test, sink {
  moving() : core(options(), *this) {
    core.link_up(link_id{1}, now);
    core.received(link_id{1}, link::feed_began{table::generation{1}, 1, ""}, now);
    core.received(link_id{1}, link::serving{{0}}, now);
    core.received(link_id{1}, link::feed_status{link::feed_status::state::current, ""}, now);
  }
  static node_options options() {
    node_options mine;
    mine.member = "n";
    return mine;
  }
  void bring_rows() {
    core.received(link_id{1}, link::subscription_began{asked, link::subscription_began::resumed::yes}, now);
    core.received(link_id{1}, link::subscription_caught_up{asked}, now);
    core.flush(now);
  }
  bool is_asked_to_move(viewer_id who) const {
    return told.at(who).find("event: moving\n") != std::string::npos;
  }

  bool send(viewer_id to, std::string_view events) override {
    told[to] += events;
    return reads;
  }
  void end(viewer_id, ending) override { ++ended; }
  void send(link_id, link::to_router message) override {
    if (const auto* subscribe = std::get_if<link::subscribe>(&message)) asked = subscribe->id;
  }
  void answer(request_id, std::string) override {}

  instant now{std::chrono::hours(1)};
  std::map<viewer_id, std::string> told;
  bool reads = true;
  int ended = 0;
  link::subscription_id asked{};
  node core;
};

TEST_F(moving, is_said_with_a_bookmark_to_who_is_live_and_the_stream_goes_on) {
  const viewer_id live = core.open({"c1", {}, std::chrono::seconds(30)}, now);
  bring_rows();
  core.ask_to_move(now);
  EXPECT_NE(told[live].find("event: moving\nid: 1"), std::string::npos) << told[live];
  EXPECT_NE(told[live].find("data: {\"reason\":\"drain\"}\n\n"), std::string::npos) << told[live];
  EXPECT_EQ(ended, 0);
}

TEST_F(moving, is_not_said_to_who_has_no_table_yet) {
  const viewer_id waiting = core.open({"c1", {}, std::chrono::seconds(30)}, now);
  core.flush(now);
  core.ask_to_move(now);
  EXPECT_FALSE(is_asked_to_move(waiting));
}

TEST_F(moving, is_not_said_to_who_is_carried_or_does_not_read) {
  const viewer_id carried =
      core.open({"c1", {}, std::chrono::seconds(30), view_request::carrier::gateway}, now);
  bring_rows();
  reads = false;
  const viewer_id stuck = core.open({"c1", {}, std::chrono::seconds(30)}, now);
  core.flush(now);
  core.ask_to_move(now);
  EXPECT_FALSE(is_asked_to_move(carried));
  EXPECT_FALSE(is_asked_to_move(stuck));
}

}  // namespace
}  // namespace blotter::node
