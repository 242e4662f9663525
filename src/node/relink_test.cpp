#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "node/node.hpp"

namespace blotter::node {
namespace {

/// A node with one viewer of one client and the router's end of its link.
struct relink : testing::Test, sink {
  relink() : core(options(), *this) {
    core.link_up(link_id{++link}, now);
    core.received(link_id{link}, link::feed_began{table::generation{1}, 1, ""}, now);
    core.received(link_id{link}, link::serving{{0}}, now);
    core.received(link_id{link}, link::feed_status{link::feed_status::state::current, ""}, now);
    core.open({"c1", {}, std::chrono::seconds(1)}, now);
    bring_up_to_date();
  }
  static node_options options() {
    node_options mine;
    mine.member = "n";
    return mine;
  }
  void bring_up_to_date() {
    core.received(link_id{link}, link::subscription_began{asked, link::subscription_began::resumed::yes},
                  now);
    core.received(link_id{link}, link::subscription_caught_up{asked}, now);
    core.flush(now);
  }

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
  std::uint32_t link = 0;
  std::string told;
  link::subscription_id asked{};
  node core;
};

// blotter-sim --seed 220
TEST_F(relink, does_not_call_a_viewer_current_before_the_new_link_has_brought_its_rows) {
  ASSERT_NE(told.find("event: live"), std::string::npos);
  core.link_lost(link_id{link}, now);
  core.flush(now);
  told.clear();
  core.link_up(link_id{++link}, now);
  core.received(link_id{link}, link::feed_began{table::generation{1}, 1, ""}, now);
  core.received(link_id{link}, link::serving{{0}}, now);
  core.flush(now);
  EXPECT_EQ(told.find("current"), std::string::npos) << told;
  core.received(link_id{link}, link::feed_status{link::feed_status::state::current, ""}, now);
  core.flush(now);
  EXPECT_EQ(told.find("current"), std::string::npos) << told;
  bring_up_to_date();
  EXPECT_NE(told.find("\"state\":\"current\""), std::string::npos) << told;
}

}  // namespace
}  // namespace blotter::node
