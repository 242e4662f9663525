#include <gtest/gtest.h>

#include "gateway/scripted_nodes.hpp"

namespace blotter::gateway {
namespace {

/// One viewer that is live on a node which begins to drain: its stream is being tried elsewhere.
struct moving : testing::Test, scripted_nodes {
  moving() {
    add_node("n1");
    add_node("n2");
    add_node("n3");
    viewer = open_live("c1", "1a");
    home = node_of("c1");
    source = stream_of("c1");
    leave(home);
    pass(milliseconds(50));
    tried = stream_of("c1");
    target = node_of("c1");
    shown[viewer].text.clear();
  }
  void leave(const std::string& name) {
    nodes.at(name).member.stage = directory::stage::draining;
    see();
  }

  viewer_id viewer;
  std::string home;
  std::string target;
  link::stream_id source;
  link::stream_id tried;
};

TEST_F(moving, tries_the_target_while_the_source_goes_on) {
  ASSERT_NE(tried, source);
  EXPECT_NE(target, home);
  EXPECT_TRUE(streams.at(source).open);
  EXPECT_EQ(streams.at(tried).bookmark, "1a");
  says(tried, hello(true) + rows("1b"));
  EXPECT_EQ(shown[viewer].text, "") << "nothing of a try is passed on";
  says(source, rows("1c"));
  EXPECT_EQ(shown[viewer].text, rows("1c"));
}

TEST_F(moving, cuts_over_behind_the_last_id_that_was_passed_on) {
  says(source, rows("1c"));
  says(tried, hello(true) + rows("1b") + live("1b"));
  EXPECT_FALSE(streams.at(source).open);
  EXPECT_FALSE(streams.at(tried).open);
  const link::stream_id next = stream_of("c1");
  EXPECT_EQ(node_of("c1"), target);
  EXPECT_EQ(streams.at(next).bookmark, "1c");
  says(source, rows("1d"));  // was under way
  EXPECT_EQ(shown[viewer].text, rows("1c"));
  says(next, hello(true) + live("1d"));
  EXPECT_TRUE(was_told(viewer, "id: 1d"));
  EXPECT_FALSE(was_told(viewer, "event: status"));
  ASSERT_EQ(reroutes.size(), 1u);
  EXPECT_EQ(reroutes[0].why, cause::leaving);
  EXPECT_EQ(core.counters().moves_given_up, 0u);
}

TEST_F(moving, lets_the_target_go_on_though_a_try_is_longer_than_a_window) {
  const std::string much = ":" + std::string(40'000, '.') + "\n\n";
  says(tried, much);
  EXPECT_EQ(streams.at(tried).taken, much.size());
}

TEST_F(moving, waits_while_the_target_itself_is_behind) {
  says(tried, status(sse::freshness::router) + hello(true) + live("1b"));
  EXPECT_TRUE(streams.at(source).open);
  says(tried, status(sse::freshness::current));
  EXPECT_FALSE(streams.at(source).open);
}

TEST_F(moving, stays_when_the_target_is_not_there_in_time) {
  pass(std::chrono::seconds(6));
  EXPECT_TRUE(streams.at(source).open);
  EXPECT_FALSE(streams.at(tried).open);
  EXPECT_EQ(core.counters().moves_given_up, 1u);
  says(source, rows("1c"));
  EXPECT_EQ(shown[viewer].text, rows("1c"));
  pass(std::chrono::seconds(31));
  EXPECT_NE(stream_of("c1"), source) << "and is tried again later";
}

TEST_F(moving, stays_when_the_target_would_have_the_viewer_begin_anew) {
  std::string text = hello(false);
  sse::append_reset(text, sse::reset_reason::future, "");
  says(tried, text + live("1b"));
  EXPECT_TRUE(streams.at(source).open);
  EXPECT_EQ(shown[viewer].text, "");
}

TEST_F(moving, stays_when_the_target_is_lost) {
  lose(target);
  EXPECT_TRUE(streams.at(source).open);
  says(source, rows("1c"));
  EXPECT_EQ(shown[viewer].text, rows("1c"));
}

TEST_F(moving, goes_on_at_the_target_when_the_source_is_reset_meanwhile) {
  says(tried, hello(true) + rows("1b"));
  lose(home);
  EXPECT_FALSE(streams.at(tried).open) << "what it said was dropped: it begins again behind the last id";
  EXPECT_EQ(node_of("c1"), target);
  EXPECT_EQ(streams.at(stream_of("c1")).bookmark, "1a");
  serve(stream_of("c1"), "1b");
  EXPECT_EQ(times(viewer, "id: 1b"), 2u);
  ASSERT_EQ(reroutes.size(), 1u);
}

TEST_F(moving, goes_on_when_both_nodes_are_gone_and_come_back) {
  says(tried, hello(true));
  for (const std::string name : {"n1", "n2", "n3"}) lose(name);
  pass(std::chrono::seconds(3));
  EXPECT_TRUE(was_told(viewer, "\"reason\":\"node\""));
  link(target);
  serve(stream_of("c1"), "1b");
  EXPECT_TRUE(was_told(viewer, "{\"state\":\"current\"}"));
  EXPECT_EQ(times(viewer, "event: hello"), 1u);
}

TEST_F(moving, ends_with_a_viewer_that_leaves) {
  core.closed(viewer, now);
  EXPECT_FALSE(streams.at(source).open);
  EXPECT_FALSE(streams.at(tried).open);
  says(tried, hello(true) + live("1b"));
  says(source, rows("1c"));
  pass(std::chrono::seconds(6));
  EXPECT_EQ(shown[viewer].text, "");
}

// blotter-sim --seed 5674
TEST_F(moving, tries_a_target_again_that_had_no_room) {
  ends(tried, link::stream_ended::cause::full);
  EXPECT_EQ(open_on(home), 1u);
  EXPECT_EQ(open_on(target), 0u);
  pass(gateway_options().move_rest + gateway_options().full_time);
  EXPECT_EQ(open_on(home), 1u) << "make before break";
  EXPECT_EQ(open_on(target), 1u);
}

TEST_F(moving, moves_the_other_half_when_one_half_of_a_clients_viewers_is_there) {
  const viewer_id late = open("c1", "1z");
  const link::stream_id next = stream_of("c1");
  EXPECT_EQ(node_of(next), target) << "a new viewer goes where the client goes";
  serve(next, "1z");
  EXPECT_TRUE(was_told(late, "event: live"));
  EXPECT_EQ(open_on(home), 1u);
  says(tried, hello(true) + live("1b"));
  EXPECT_EQ(open_on(home), 0u);
}

TEST_F(moving, brings_a_client_together_that_was_split_by_a_suspicion_taken_back) {
  link(home);  // not needed: only that the drain is over
  nodes.at(home).member.stage = directory::stage::serving;
  see();
  serve(tried, "1b");
  serve(stream_of("c1"), "1b");
  std::vector<viewer_id> more;
  for (int i = 0; i < 3; ++i) {
    more.push_back(open("c1"));
    serve(stream_of("c1"), "1b");
  }
  ASSERT_EQ(open_on(target), 4u);
  nodes.at(target).echoes = false;
  pass(milliseconds(1'100));
  nodes.at(target).echoes = true;
  served.clear();
  for (const auto& [id, each] : streams)
    if (!each.open || node_of(each.link) == target) served.insert(id);
  for (int i = 0; i < 20; ++i) {
    serve_all("1b");
    pass(milliseconds(300));
  }
  std::set<std::string> where;
  for (const auto& [id, each] : streams)
    if (each.open) where.insert(node_of(each.link));
  EXPECT_EQ(where.size(), 1u);
}

/// Three nodes, one of which echoes late.
struct limping : testing::Test, scripted_nodes {
  limping() {
    for (const std::string name : {"n1", "n2", "n3"}) add_node(name);
    for (int i = 0; i < 60; ++i) open_live("c" + std::to_string(i), "1a");
  }
  void pass_with_late_echoes_of(const std::string& name, milliseconds time) {
    const link_id slow = nodes.at(name).link;
    nodes.at(name).echoes = false;
    for (const instant end = now + time; now < end;) {
      std::vector<std::uint64_t> asked;
      const std::size_t before = sent.size();
      pass(milliseconds(50));
      for (std::size_t i = before; i < sent.size(); ++i)
        if (const auto* beat = std::get_if<link::heartbeat>(&sent[i].second); beat && sent[i].first == slow)
          asked.push_back(beat->number);
      now += milliseconds(50);
      for (const std::uint64_t number : asked) core.received(slow, link::heartbeat{number}, now);
      serve_all("1a");
    }
    nodes.at(name).echoes = true;
  }
};

TEST_F(limping, relieves_a_slow_node_of_its_clients_within_five_seconds) {
  pass(std::chrono::seconds(2));
  const std::size_t before = open_on("n2");
  ASSERT_GT(before, 5u);
  pass_with_late_echoes_of("n2", milliseconds(5'200));
  EXPECT_TRUE(core.nodes(now)[1].gray);
  nodes.at("n2").echoes = true;
  serve_all("1a");
  EXPECT_EQ(open_on("n2"), 0u);
  EXPECT_EQ(open_on("n1") + open_on("n3"), 60u);
  EXPECT_EQ(core.counters().reroutes[static_cast<std::size_t>(cause::gray)], before);
  EXPECT_EQ(core.counters().suspicions, 0u);
  for (const auto& [id, each] : shown) EXPECT_EQ(each.text.find("event: status"), std::string::npos);
}

}  // namespace
}  // namespace blotter::gateway
