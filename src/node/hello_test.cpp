#include <gtest/gtest.h>

#include <string>

#include "node/node.hpp"

namespace blotter::node {
namespace {

struct listening_sink : sink {
  bool send(viewer_id, std::string_view events) override {
    told += events;
    return true;
  }
  void end(viewer_id, ending) override {}
  void send(link_id, link::to_router message) override {
    if (const auto* subscribe = std::get_if<link::subscribe>(&message)) asked = subscribe->id;
  }
  void answer(request_id, std::string) override {}
  std::string told;
  link::subscription_id asked{};
};

node_options some_node() {
  node_options mine;
  mine.member = "n";
  return mine;
}

// blotter-sim --seed 199113: a viewer whose connection is slow from its first byte on heard of the server's
// time only by beats that were late already, and took old rows for live.
TEST(hello, says_when_it_was_said_by_the_clock_of_the_beats) {
  listening_sink out;
  node core(some_node(), out);
  instant now{std::chrono::hours(1)};
  core.tick(now, wall_time(milliseconds(5000)));
  core.link_up(link_id{1}, now);
  core.received(link_id{1}, link::feed_began{table::generation{1}, 1, ""}, now);
  core.received(link_id{1}, link::serving{{0}}, now);
  core.received(link_id{1}, link::feed_status{link::feed_status::state::current, ""}, now);
  core.open({"c1", {}, std::chrono::seconds(30)}, now);
  core.received(link_id{1}, link::subscription_began{out.asked, link::subscription_began::resumed::yes}, now);
  core.received(link_id{1}, link::subscription_caught_up{out.asked}, now);
  now += milliseconds(40);
  core.flush(now);
  EXPECT_NE(out.told.find("\"reason\":\"new\",\"beat\":30,\"time\":5040}"), std::string::npos) << out.told;
  out.told.clear();
  core.tick(now, wall_time(milliseconds(9000)));
  core.open({"c1", "no bookmark", std::chrono::seconds(30)}, now);
  now += milliseconds(2);
  core.flush(now);
  EXPECT_NE(out.told.find("\"reason\":\"malformed\",\"beat\":30,\"time\":9002}"), std::string::npos)
      << out.told;
}

}  // namespace
}  // namespace blotter::node
