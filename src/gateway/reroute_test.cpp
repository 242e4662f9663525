#include <gtest/gtest.h>

#include "gateway/scripted_nodes.hpp"

namespace blotter::gateway {
namespace {

struct rerouting : testing::Test, scripted_nodes {
  rerouting() {
    add_node("n1");
    add_node("n2");
    add_node("n3");
  }
  std::string other_than(const std::string& name) const {
    for (const auto& [each, node] : nodes)
      if (each != name) return each;
    return "";
  }
};

TEST_F(rerouting, passes_events_on_byte_for_byte) {
  const viewer_id viewer = open("c1");
  const std::string text = "retry: 1000\n\n" + hello(false) + rows("1a") + live("1a");
  says(stream_of("c1"), text);
  EXPECT_EQ(shown[viewer].text, text);
}

TEST_F(rerouting, brings_all_viewers_of_a_client_to_one_node) {
  for (int i = 0; i < 20; ++i) open("c1");
  const std::string home = node_of("c1");
  EXPECT_EQ(open_on(home), 20u);
}

TEST_F(rerouting, opens_the_stream_elsewhere_at_once_with_the_last_id_when_a_link_is_reset) {
  const viewer_id viewer = open_live("c1", "1a");
  const std::string home = node_of("c1");
  says(stream_of("c1"), rows("1b"));
  shown[viewer].text.clear();
  lose(home);
  EXPECT_NE(node_of("c1"), home);
  EXPECT_EQ(streams.at(stream_of("c1")).bookmark, "1b");
  const std::string next = hello(true) + live("1b");
  now += milliseconds(30);
  says(stream_of("c1"), next);
  EXPECT_EQ(shown[viewer].text, next) << "nothing but what the new node says";
  EXPECT_FALSE(shown[viewer].ended);
  ASSERT_EQ(reroutes.size(), 1u);
  EXPECT_EQ(reroutes[0].why, cause::reset);
  EXPECT_EQ(reroutes[0].taken, milliseconds(30));
}

TEST_F(rerouting, keeps_an_older_id_where_events_carry_none) {
  open_live("c1", "1a");
  says(stream_of("c1"), rows(""));
  lose(node_of("c1"));
  EXPECT_EQ(streams.at(stream_of("c1")).bookmark, "1a");
}

TEST_F(rerouting, takes_no_id_of_an_event_that_is_not_whole) {
  const viewer_id viewer = open_live("c1", "1a");
  const std::string home = node_of("c1");
  shown[viewer].text.clear();
  says(stream_of("c1"), "event: rows\ndata: []\nid: 1b\n");
  EXPECT_EQ(shown[viewer].text, "");
  EXPECT_EQ(given_up, std::vector<link_id>{nodes.at(home).link}) << "such a node is not to be trusted";
  EXPECT_EQ(streams.at(stream_of("c1")).bookmark, "1a");
  EXPECT_NE(node_of("c1"), home);
}

TEST_F(rerouting, gives_up_a_link_that_says_where_there_is_no_text) {
  open_live("c1", "1a");
  const link_id link = nodes.at(node_of("c1")).link;
  core.received(link, link::stream_events{{{stream_of("c1"), 2, 4'000'000'000u}}, "\n\n\n"}, now);
  EXPECT_EQ(given_up, std::vector<link_id>{link});
}

TEST_F(rerouting, gives_a_viewer_with_rows_and_no_bookmark_a_reset_first) {
  const viewer_id viewer = open("c1");
  says(stream_of("c1"), hello(false) + rows(""));
  lose(node_of("c1"));
  EXPECT_FALSE(streams.at(stream_of("c1")).bookmark);
  shown[viewer].text.clear();
  serve(stream_of("c1"), "1a");
  EXPECT_TRUE(shown[viewer].text.starts_with("event: reset\nid: \ndata: {\"reason\":\"node\""))
      << shown[viewer].text;
  EXPECT_EQ(times(viewer, "event: reset"), 1u);
}

TEST_F(rerouting, gives_a_viewer_without_rows_no_reset) {
  const viewer_id viewer = open("c1");
  says(stream_of("c1"), hello(false));
  lose(node_of("c1"));
  serve(stream_of("c1"), "1a");
  EXPECT_FALSE(was_told(viewer, "event: reset"));
}

TEST_F(rerouting, forgets_the_id_when_a_node_says_reset) {
  open_live("c1", "1a");
  std::string text;
  sse::append_reset(text, sse::reset_reason::generation, "");
  says(stream_of("c1"), text);
  lose(node_of("c1"));
  EXPECT_FALSE(streams.at(stream_of("c1")).bookmark);
}

TEST_F(rerouting, drops_events_of_a_stream_that_another_took_over_from) {
  const viewer_id viewer = open_live("c1", "1a");
  const link::stream_id old = stream_of("c1");
  const std::string home = node_of("c1");
  nodes.at(home).echoes = false;
  pass(milliseconds(1300));
  ASSERT_NE(node_of("c1"), home) << "silent for so long";
  EXPECT_FALSE(streams.at(old).open);
  serve(stream_of("c1"), "1c");
  shown[viewer].text.clear();
  says(old, rows("1b"));
  EXPECT_EQ(shown[viewer].text, "");
  EXPECT_EQ(core.counters().streams_stale, 1u);
  lose(node_of("c1"));
  EXPECT_EQ(streams.at(stream_of("c1")).bookmark, "1c");
}

TEST_F(rerouting, takes_nothing_on_a_link_that_the_stream_is_not_of) {
  const viewer_id viewer = open_live("c1", "1a");
  shown[viewer].text.clear();
  const link_id wrong = nodes.at(other_than(node_of("c1"))).link;
  const std::string text = rows("1b");
  core.received(
      wrong, link::stream_events{{{stream_of("c1"), 0, static_cast<std::uint32_t>(text.size())}}, text}, now);
  EXPECT_EQ(shown[viewer].text, "");
}

TEST_F(rerouting, ignores_a_link_that_it_does_not_know) {
  const viewer_id viewer = open_live("c1", "1a");
  shown[viewer].text.clear();
  core.received(link_id{999}, link::stream_events{{{stream_of("c1"), 0, 1}}, "\n"}, now);
  core.link_lost(link_id{999}, now);
  EXPECT_EQ(shown[viewer].text, "");
  EXPECT_TRUE(given_up.empty());
}

TEST_F(rerouting, goes_on_where_a_node_restarts_under_another_member_id) {
  const viewer_id viewer = open_live("c1", "1a");
  lose("n1");
  lose("n2");
  lose("n3");
  nodes.clear();
  scripted_node& again = add_node("n1b");
  EXPECT_EQ(node_of("c1"), "n1b");
  EXPECT_EQ(streams.at(stream_of("c1")).bookmark, "1a");
  EXPECT_TRUE(again.linked);
  EXPECT_FALSE(shown[viewer].ended);
}

TEST_F(rerouting, serves_viewers_of_one_client_each_from_its_own_bookmark) {
  const viewer_id first = open_live("c1", "1a");
  const viewer_id second = open("c1", "1zz");
  serve(stream_of("c1"), "1b");
  says(stream_of("c1"), rows("1c"));
  lose(node_of("c1"));
  std::set<std::string> marks;
  for (const auto& [id, each] : streams)
    if (each.open) marks.insert(each.bookmark.value_or(""));
  EXPECT_EQ(marks, (std::set<std::string>{"1a", "1c"}));
  EXPECT_FALSE(shown[first].ended || shown[second].ended);
}

TEST_F(rerouting, opens_elsewhere_when_the_node_says_that_it_leaves) {
  const viewer_id viewer = open_live("c1", "1a");
  const std::string home = node_of("c1");
  ends(stream_of("c1"), link::stream_ended::cause::leaving);
  EXPECT_NE(node_of("c1"), home);
  EXPECT_EQ(streams.at(stream_of("c1")).bookmark, "1a");
  open("c1");
  EXPECT_EQ(open_on(home), 0u);
  EXPECT_FALSE(was_told(viewer, "event: bye"));
}

TEST_F(rerouting, tries_the_next_when_a_node_is_full_and_turns_away_when_all_are) {
  const viewer_id viewer = open("c1", "1a");
  std::set<std::string> asked;
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(shown[viewer].ended);
    asked.insert(node_of("c1"));
    ends(stream_of("c1"), link::stream_ended::cause::full);
  }
  EXPECT_EQ(asked.size(), 3u);
  EXPECT_TRUE(shown[viewer].ended);
  EXPECT_TRUE(was_told(viewer, "event: bye\nid: 1a\ndata: {\"code\":3")) << shown[viewer].text;
  EXPECT_EQ(core.counters().viewers_overloaded, 1u);
}

TEST_F(rerouting, lets_a_stuck_viewer_go) {
  const viewer_id viewer = open_live("c1", "1a");
  ends(stream_of("c1"), link::stream_ended::cause::stuck);
  EXPECT_TRUE(shown[viewer].ended);
  EXPECT_EQ(shown[viewer].how, ending::at_once);
  core.closed(viewer, now);
  EXPECT_EQ(core.viewers(), 0u);
}

TEST_F(rerouting, closes_the_stream_of_a_viewer_that_left) {
  const viewer_id viewer = open_live("c1", "1a");
  const link::stream_id stream = stream_of("c1");
  core.closed(viewer, now);
  EXPECT_FALSE(streams.at(stream).open);
  says(stream, rows("1b"));
  EXPECT_EQ(core.counters().streams_stale, 1u);
}

TEST_F(rerouting, says_goodbye_with_the_bookmark_when_the_gateway_leaves) {
  const viewer_id viewer = open_live("c1", "1a");
  core.drain();
  EXPECT_TRUE(was_told(viewer, "event: bye\nid: 1a\n"));
  EXPECT_TRUE(shown[viewer].ended);
  EXPECT_EQ(open_on("n1") + open_on("n2") + open_on("n3"), 0u);
}

TEST_F(rerouting, gives_no_line_end_of_a_crafted_bookmark_to_anybody) {
  const viewer_id viewer = open("c1", "x\n\nevent: rows");
  EXPECT_EQ(streams.at(stream_of("c1")).bookmark, ".");
  core.drain();
  EXPECT_FALSE(was_told(viewer, "event: rows"));
}

TEST_F(rerouting, asks_another_node_when_the_one_that_has_a_question_is_lost) {
  core.ask_rows(request_id{7}, "c1", now);
  ASSERT_EQ(questions.size(), 1u);
  const auto [first, asked] = questions[0];
  lose(node_of(first));
  ASSERT_EQ(questions.size(), 2u);
  EXPECT_NE(questions[1].first, first);
  EXPECT_NE(questions[1].second.id, asked.id);
  core.received(questions[1].first, link::rows_answer{asked.id, "late"}, now);
  EXPECT_TRUE(answers.empty());
  core.received(questions[1].first, link::rows_answer{questions[1].second.id, "rows"}, now);
  EXPECT_EQ(answers.at(request_id{7}), "rows");
}

TEST_F(rerouting, forgets_a_question_whose_asker_has_gone) {
  core.ask_rows(request_id{7}, "c1", now);
  core.forget_request(request_id{7});
  core.received(questions[0].first, link::rows_answer{questions[0].second.id, "rows"}, now);
  EXPECT_TRUE(answers.empty());
}

}  // namespace
}  // namespace blotter::gateway
