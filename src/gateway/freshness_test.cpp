#include <gtest/gtest.h>

#include "gateway/scripted_nodes.hpp"

namespace blotter::gateway {
namespace {

constexpr std::string_view stale = "event: status\ndata: {\"state\":\"stale\",\"reason\":\"node\"";
constexpr std::string_view current = "event: status\ndata: {\"state\":\"current\"}";

/// One viewer that is live and current on one of three nodes.
struct honesty : testing::Test, scripted_nodes {
  honesty() {
    add_node("n1");
    add_node("n2");
    add_node("n3");
    viewer = open_live("c1", "1a");
    home = node_of("c1");
    shown[viewer].text.clear();
  }
  void all_but(const std::string& name, void (scripted_nodes::*act)(const std::string&)) {
    for (const std::string each : {"n1", "n2", "n3"})
      if (each != name) (this->*act)(each);
  }
  void freeze(const std::string& name) { nodes.at(name).echoes = false; }
  void thaw(const std::string& name) {
    nodes.at(name).echoes = true;
    pass(milliseconds(300));
  }

  viewer_id viewer;
  std::string home;
};

TEST_F(honesty, moves_a_stream_from_a_silent_node_before_anybody_is_told) {
  freeze(home);
  pass(milliseconds(900));
  EXPECT_EQ(node_of("c1"), home);
  pass(milliseconds(300));
  EXPECT_NE(node_of("c1"), home);
  says(stream_of("c1"), hello(true) + live("1a"));
  pass(std::chrono::seconds(5));
  EXPECT_FALSE(was_told(viewer, "event: status"));
  ASSERT_EQ(reroutes.size(), 1u);
  EXPECT_EQ(reroutes[0].why, cause::silence);
  EXPECT_GE(reroutes[0].gap, milliseconds(1000));
}

TEST_F(honesty, tells_a_viewer_whose_only_node_is_silent_within_two_seconds) {
  all_but(home, &scripted_nodes::lose);
  freeze(home);
  pass(milliseconds(1300));
  EXPECT_FALSE(was_told(viewer, stale));
  pass(milliseconds(450));
  EXPECT_TRUE(was_told(viewer, stale)) << shown[viewer].text;
}

// blotter-sim --seed 1795376781017262
TEST_F(honesty, tells_a_viewer_whose_last_node_is_lost_before_it_takes_its_connection_for_dead) {
  all_but(home, &scripted_nodes::lose);
  lose(home);
  pass(milliseconds(600));
  EXPECT_FALSE(was_told(viewer, stale)) << "another node may turn up";
  pass(milliseconds(200));
  EXPECT_TRUE(was_told(viewer, stale)) << shown[viewer].text;
}

// blotter-sim --seed 1795376781049976
TEST_F(honesty, tells_a_viewer_whose_beat_is_late_while_its_node_is_silent) {
  all_but(home, &scripted_nodes::lose);
  const viewer_id beating = open_live("c1", "1a", std::chrono::seconds(1));
  pass(std::chrono::seconds(1));
  freeze(home);
  pass(milliseconds(700));
  EXPECT_FALSE(was_told(beating, stale)) << "its beat may be under way";
  pass(milliseconds(150));
  EXPECT_TRUE(was_told(beating, stale)) << "it hears nothing for 1.85 s";
  EXPECT_FALSE(was_told(viewer, stale)) << "it expects a beat each 5 s";
  thaw(home);
  pass(milliseconds(300));
  EXPECT_EQ(times(beating, current), 1u);
}

TEST_F(honesty, tells_nobody_of_a_beat_that_is_late_while_its_node_is_heard) {
  const viewer_id beating = open_live("c1", "1a", std::chrono::seconds(1));
  pass(std::chrono::seconds(4));
  EXPECT_FALSE(was_told(beating, stale)) << "that is the node's affair";
}

TEST_F(honesty, takes_a_suspicion_back_and_says_current) {
  all_but(home, &scripted_nodes::lose);
  freeze(home);
  pass(std::chrono::seconds(3));
  const link::stream_id kept = stream_of("c1");
  EXPECT_TRUE(was_told(viewer, stale));
  EXPECT_FALSE(was_told(viewer, current));
  thaw(home);
  pass(milliseconds(300));
  EXPECT_TRUE(was_told(viewer, current));
  EXPECT_EQ(stream_of("c1"), kept) << "nobody had to open it anew";
  EXPECT_EQ(core.counters().suspicions_taken_back, 1u);
  EXPECT_EQ(times(viewer, current), 1u);
}

TEST_F(honesty, waits_for_what_a_silent_link_held_back) {
  all_but(home, &scripted_nodes::lose);
  freeze(home);
  pass(std::chrono::seconds(3));
  says(stream_of("c1"), rows("1b"));  // the first word in a while
  pass(milliseconds(150));
  EXPECT_FALSE(was_told(viewer, current));
}

TEST_F(honesty, does_not_contradict_a_node_that_says_stale) {
  all_but(home, &scripted_nodes::lose);
  says(stream_of("c1"), status(sse::freshness::feed));
  freeze(home);
  pass(std::chrono::seconds(3));
  thaw(home);
  pass(std::chrono::seconds(1));
  EXPECT_FALSE(was_told(viewer, current));
  says(stream_of("c1"), status(sse::freshness::current));
  EXPECT_EQ(times(viewer, current), 1u);
}

TEST_F(honesty, says_current_when_a_stream_that_was_stale_goes_on_at_a_node_that_is_not) {
  says(stream_of("c1"), status(sse::freshness::router));
  lose(home);
  says(stream_of("c1"), hello(true));
  EXPECT_FALSE(was_told(viewer, current));
  says(stream_of("c1"), live("1b"));
  EXPECT_TRUE(was_told(viewer, current));
}

TEST_F(honesty, leaves_a_stream_stale_whose_new_node_says_so) {
  says(stream_of("c1"), status(sse::freshness::router));
  lose(home);
  says(stream_of("c1"), status(sse::freshness::feed) + hello(true) + live("1b"));
  pass(std::chrono::seconds(1));
  EXPECT_FALSE(was_told(viewer, current));
}

TEST_F(honesty, keeps_the_connection_while_there_is_no_node_and_goes_on_when_one_comes_back) {
  lose("n1");
  lose("n2");
  lose("n3");
  pass(std::chrono::seconds(10));
  EXPECT_TRUE(was_told(viewer, stale));
  EXPECT_GE(times(viewer, stale), 7u) << "or it would take its connection for dead";
  EXPECT_EQ(core.counters().told_stale, 1u);
  EXPECT_FALSE(shown[viewer].ended);
  link("n2");
  EXPECT_EQ(node_of("c1"), "n2");
  EXPECT_EQ(streams.at(stream_of("c1")).bookmark, "1a");
  serve(stream_of("c1"), "1b");
  EXPECT_EQ(times(viewer, current), 1u);
}

TEST_F(honesty, tells_a_new_viewer_for_whom_there_is_no_node) {
  lose("n1");
  lose("n2");
  lose("n3");
  const viewer_id late = open("c2");
  pass(milliseconds(1900));
  EXPECT_TRUE(was_told(late, stale));
  link("n1");
  serve(stream_of("c2"), "1a");
  EXPECT_TRUE(was_told(late, current));
}

TEST_F(honesty, tells_a_viewer_whose_new_stream_says_nothing) {
  lose(home);
  ASSERT_NE(stream_of("c1"), link::stream_id{});
  pass(milliseconds(1900));
  EXPECT_TRUE(was_told(viewer, stale));
}

TEST_F(honesty, holds_no_silence_against_nodes_while_the_gateway_itself_stood_still) {
  pass(milliseconds(100));
  now += std::chrono::seconds(7);
  core.tick(now);
  EXPECT_EQ(node_of("c1"), home);
  settle();
  pass(std::chrono::seconds(2));
  EXPECT_EQ(node_of("c1"), home);
  EXPECT_EQ(core.counters().suspicions, 0u);
  EXPECT_FALSE(was_told(viewer, "event: status"));
}

TEST_F(honesty, suspects_itself_when_most_nodes_are_silent_and_moves_nothing) {
  freeze("n1");
  freeze("n2");
  freeze("n3");
  pass(milliseconds(1900));
  EXPECT_EQ(node_of("c1"), home);
  EXPECT_EQ(core.counters().suspicions, 0u);
  EXPECT_GE(core.counters().self_suspicions, 1u);
  EXPECT_TRUE(was_told(viewer, stale)) << "whose fault it is does not matter to who looks at old rows";
  thaw("n1");
  thaw("n2");
  thaw("n3");
  pass(milliseconds(300));
  EXPECT_EQ(node_of("c1"), home);
  EXPECT_TRUE(was_told(viewer, current));
}

TEST_F(honesty, leaves_nodes_that_stay_silent_though_it_suspects_itself) {
  std::string other = home == "n1" ? "n2" : "n1";
  freeze(home);
  freeze(other);
  pass(milliseconds(2500));
  EXPECT_EQ(node_of("c1"), home);
  pass(milliseconds(1000));
  EXPECT_NE(node_of("c1"), home);
  EXPECT_NE(node_of("c1"), other);
}

TEST_F(honesty, believes_the_directory_about_a_node_that_it_has_doubts_about) {
  freeze(home);
  pass(milliseconds(700));
  nodes.at(home).member.roles = {};
  see();
  EXPECT_NE(node_of("c1"), home);
  serve(stream_of("c1"), "1b");
  ASSERT_EQ(reroutes.size(), 1u);
  EXPECT_EQ(reroutes[0].why, cause::lease);
}

TEST_F(honesty, serves_on_from_a_node_that_only_the_directory_has_lost) {
  nodes.at(home).member.roles = {};
  see();
  pass(std::chrono::seconds(3));
  EXPECT_EQ(node_of("c1"), home);
}

}  // namespace
}  // namespace blotter::gateway
