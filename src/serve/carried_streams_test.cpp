#include "serve/carried_streams.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/link_connector.hpp"
#include "serve/small_cluster.hpp"

// A router and a node on one core, as a process has them, and a gateway that is linked to the node over
// loopback: what each stream is sent, and when.

namespace blotter::serve {
namespace {

using link::stream_id;
using cause = link::stream_ended::cause;

/// A gateway's end: what came of each stream.
struct gateway_side final : net::link_owner<link::to_gateway> {
  gateway_side(boost::asio::io_context& loop, const net::endpoint& node)
      : links(loop, link_options_of("gateway-1"), *this), connector(links, {"node-1", node}, {}) {
    connector.start();
  }
  void say(link::to_serving_node what) { links.send(up, what); }
  void open(std::uint64_t id, std::string client, std::optional<std::string> bookmark = {}) {
    say(link::open_stream{stream_id{id}, std::move(client), std::move(bookmark), 0});
  }
  /// All that came of a stream was written to its viewer.
  void take(std::uint64_t id) { say(link::stream_taken{{{stream_id{id}, texts[id].size()}}}); }
  bool has(std::uint64_t id, std::string_view text) { return texts[id].find(text) != std::string::npos; }

  void link_up(net::link_id which, const link::hello&) override { up = which; }
  void received(net::link_id, link::to_gateway&& message) override {
    if (const auto* some = std::get_if<link::stream_events>(&message)) {
      ++frames;
      parts += some->parts.size();
      text_bytes += some->text.size();
      for (const auto& each : some->parts)
        texts[static_cast<std::uint64_t>(each.to)] += some->text.substr(each.begin, each.size);
    } else if (const auto* end = std::get_if<link::stream_ended>(&message)) {
      ended.emplace(static_cast<std::uint64_t>(end->id), end->why);
    } else if (const auto* answer = std::get_if<link::rows_answer>(&message)) {
      answers.emplace(static_cast<std::uint64_t>(answer->id), answer->json);
    } else {
      echoes.push_back(std::get<link::heartbeat>(message).number);
    }
  }
  void link_lost(net::link_id, const link::ending& why) override {
    up = net::link_id::none;
    losses.push_back(why.text);
  }

  net::gateway_links links;
  net::link_connector connector;
  net::link_id up = net::link_id::none;
  std::map<std::uint64_t, std::string> texts;
  std::map<std::uint64_t, cause> ended;
  std::map<std::uint64_t, std::string> answers;
  std::vector<std::uint64_t> echoes;
  std::vector<std::string> losses;
  std::size_t frames = 0, parts = 0, text_bytes = 0;
};

struct world : small_cluster {
  explicit world(node::node_options options = {}) : small_cluster(std::move(options)) {}
  std::unique_ptr<gateway_side> gateway() {
    auto made = std::make_unique<gateway_side>(core.loop(), carried.at());
    until([&] { return made->up != net::link_id::none; });
    return made;
  }
  node_core& node = nodes[0]->core;
  carried_streams& carried = nodes[0]->carried;
};

TEST(carried_streams, bring_a_client_s_rows_and_then_each_change) {
  world all;
  const auto by = all.gateway();
  by->open(1, "c1");
  all.until([&] { return by->has(1, "event: live"); });
  EXPECT_TRUE(by->texts[1].starts_with("retry: "));
  EXPECT_TRUE(by->has(1, "\"resumed\":false") && by->has(1, "\"n\":1"));
  all.put("c1", "A", 2);
  all.put("c2", "A", 77);
  all.until([&] { return by->has(1, "\"n\":2"); });
  EXPECT_FALSE(by->has(1, "\"n\":77")) << "of another client";
  EXPECT_EQ(all.carried.streams(), 1u);
}

TEST(carried_streams, go_on_from_a_bookmark_with_only_what_changed) {
  world all;
  const auto by = all.gateway();
  by->open(1, "c1");
  all.until([&] { return by->has(1, "event: live"); });
  const std::string& text = by->texts[1];
  const auto at = text.rfind("\nid: ") + 5;
  const std::string id = text.substr(at, text.find('\n', at) - at);
  by->say(link::close_stream{stream_id{1}});
  all.until([&] { return all.carried.streams() == 0; });
  EXPECT_EQ(all.node.viewers(), 0u);
  all.put("c1", "B", 3);
  by->open(2, "c1", id);
  all.until([&] { return by->has(2, "event: live"); });
  EXPECT_TRUE(by->has(2, "\"resumed\":true") && by->has(2, "\"n\":3"));
  EXPECT_FALSE(by->has(2, "\"n\":1"));
  EXPECT_TRUE(by->ended.empty()) << "who closes is told nothing";
}

TEST(carried_streams, carry_the_same_bytes_for_many_viewers_once) {
  world all;
  const auto by = all.gateway();
  for (std::uint64_t i = 1; i <= 50; ++i) by->open(i, "c1");
  all.until([&] { return all.carried.streams() == 50 && by->has(50, "event: live"); });
  by->parts = by->frames = by->text_bytes = 0;
  all.put("c1", "A", 2, 1000);
  all.until([&] { return by->has(50, "\"n\":2"); });
  EXPECT_EQ(by->frames, 1u);
  EXPECT_EQ(by->parts, 50u);
  EXPECT_LT(by->text_bytes, 1'500u);
  for (std::uint64_t i = 1; i <= 50; ++i) EXPECT_TRUE(by->has(i, "\"n\":2"));
}

TEST(carried_streams, hold_back_from_one_that_takes_nothing_and_from_no_other) {
  world all;
  const auto by = all.gateway();
  by->open(1, "c1");
  by->open(2, "c1");
  all.until([&] { return by->has(1, "event: live") && by->has(2, "event: live"); });
  for (int n = 2; n < 60; ++n) {
    all.put("c1", "A", n, 2'000);
    all.until([&] { return by->has(2, "\"n\":" + std::to_string(n) + ","); });
    by->take(2);
  }
  EXPECT_GE(by->texts[1].size(), link::stream_window_bytes);
  EXPECT_LT(by->texts[1].size(), link::stream_window_bytes + 3'000) << "the window and one send";
  EXPECT_FALSE(by->has(1, "\"n\":59,"));
  by->take(1);
  all.until([&] { return by->has(1, "\"n\":59,"); });
  EXPECT_FALSE(by->has(1, "\"n\":58,")) << "conflated: the last value alone";
}

TEST(carried_streams, end_one_that_is_stuck) {
  world all({.member = {}, .tables = {}, .stuck_time = milliseconds(100)});
  const auto by = all.gateway();
  by->say(link::open_stream{stream_id{1}, "c1", {}, 1});
  all.until([&] { return by->has(1, "event: live"); });
  all.put("c1", "A", 2, link::stream_window_bytes);
  all.until([&] { return !by->ended.empty(); });
  EXPECT_EQ(by->ended, (std::map<std::uint64_t, cause>{{1, cause::stuck}}));
  EXPECT_EQ(all.node.viewers(), 0u);
  by->open(2, "c1");
  all.until([&] { return by->has(2, "event: live"); });
}

TEST(carried_streams, refuse_beyond_the_limits_and_say_which) {
  world all({.member = {}, .tables = {}, .viewers_max = 3, .viewers_per_client_max = 2});
  const auto by = all.gateway();
  for (std::uint64_t i = 1; i <= 3; ++i) by->open(i, "c1");
  by->open(4, "c2");
  by->open(5, "c2");
  all.until([&] { return by->ended.size() == 2; });
  EXPECT_EQ(by->ended, (std::map<std::uint64_t, cause>{{3, cause::client_full}, {5, cause::full}}));
}

TEST(carried_streams, are_told_that_the_node_leaves_and_no_viewer_is) {
  world all;
  const auto by = all.gateway();
  by->open(1, "c1");
  by->open(2, "c2");
  all.until([&] { return by->has(1, "event: live") && by->has(2, "event: live"); });
  all.put("c1", "A", 2);
  all.node.drain();
  by->open(3, "c1");
  all.until([&] { return !by->losses.empty(); });
  EXPECT_EQ(by->ended.at(1), cause::leaving);
  EXPECT_EQ(by->ended.at(2), cause::leaving);
  EXPECT_FALSE(by->has(1, "event: bye") || by->has(2, "event: bye"));
  all.until([&] { return all.carried.has_left(); });
  EXPECT_EQ(all.node.viewers(), 0u);
}

TEST(carried_streams, go_with_their_link) {
  world all;
  auto by = all.gateway();
  const auto other = all.gateway();
  by->open(1, "c1");
  other->open(1, "c1");
  all.until([&] { return by->has(1, "event: live") && other->has(1, "event: live"); });
  by->say(link::ask_rows{link::question_id{1}, "nobody"});
  by.reset();
  all.until([&] { return all.carried.streams() == 1; });
  EXPECT_EQ(all.node.viewers(), 1u);
  all.put("c1", "A", 2);
  all.until([&] { return other->has(1, "\"n\":2"); });
}

TEST(carried_streams, answer_heartbeats_and_questions) {
  world all;
  const auto by = all.gateway();
  by->say(link::heartbeat{42});
  by->say(link::ask_rows{link::question_id{7}, "c2"});
  all.until([&] { return !by->echoes.empty() && !by->answers.empty(); });
  EXPECT_EQ(by->echoes, std::vector<std::uint64_t>{42});
  EXPECT_NE(by->answers.at(7).find("\"client\":\"c2\""), std::string::npos);
}

TEST(carried_streams, end_a_gateway_that_does_not_keep_to_the_protocol) {
  using wrong = std::function<void(gateway_side&)>;
  for (const wrong& say : {wrong([](gateway_side& by) { by.open(1, "c1"); }), wrong([](gateway_side& by) {
                             by.say(link::stream_taken{{{stream_id{1}, 1 << 30}}});
                           }),
                           wrong([](gateway_side& by) {
                             by.take(1);
                             by.say(link::stream_taken{{{stream_id{1}, 3}}});
                           })}) {
    world all;
    const auto by = all.gateway();
    by->open(1, "c1");
    all.until([&] { return by->has(1, "event: live"); });
    say(*by);
    all.until([&] { return !by->losses.empty(); });
    EXPECT_NE(by->losses[0].find("a value that is not allowed"), std::string::npos) << by->losses[0];
    EXPECT_EQ(all.carried.streams(), 0u);
  }
}

}  // namespace
}  // namespace blotter::serve
