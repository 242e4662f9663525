#include <gtest/gtest.h>

#include "gateway/scripted_nodes.hpp"

namespace blotter::gateway {
namespace {

struct place : testing::Test, scripted_nodes {
  place() {
    add_node("n1");
    add_node("n2");
    add_node("n3");
  }
  std::string place_of(const std::string& client) {
    const auto node = core.place(client, now);
    return node ? node->text() : "nowhere";
  }
};

TEST_F(place, of_a_client_is_where_its_carried_viewers_are) {
  for (const std::string client : {"c1", "c2", "c3", "c4", "c5"}) {
    open_live(client, "1a");
    EXPECT_EQ(place_of(client), node_of(client));
  }
}

TEST_F(place, is_the_same_again_and_where_a_carried_viewer_would_go) {
  for (const std::string client : {"c1", "c2", "c3", "c4", "c5"}) {
    const std::string first = place_of(client);
    EXPECT_EQ(place_of(client), first);
    open(client);
    EXPECT_EQ(node_of(client), first);
  }
}

TEST_F(place, of_a_client_is_kept_whatever_the_loads_become_and_for_its_time_only) {
  const std::string first = place_of("c1");
  for (int i = 0; i < 300; ++i) EXPECT_EQ(place_of("c1"), first) << "though all of it is load there";
  pass(std::chrono::minutes(9));
  EXPECT_EQ(place_of("c1"), first);
  pass(std::chrono::minutes(9));
  EXPECT_EQ(place_of("c1"), first);
  pass(std::chrono::minutes(11));
  EXPECT_NE(place_of("c1"), "nowhere");
}

struct forgetful_place : testing::Test, scripted_nodes {
  static gateway_options few() {
    gateway_options mine;
    mine.places_max = 10;
    return mine;
  }
  forgetful_place() : scripted_nodes(few()) {
    add_node("n1");
    add_node("n2");
  }
};

TEST_F(forgetful_place, of_many_clients_costs_no_more_than_it_may) {
  for (int i = 0; i < 1'000; ++i) {
    const auto node = core.place("client-" + std::to_string(i), now);
    ASSERT_TRUE(node.has_value());
  }
  EXPECT_EQ(core.clients(), 10u);
  pass(std::chrono::minutes(11));
  EXPECT_EQ(core.clients(), 0u);
  open_live("c1", "1a");
  const auto node = core.place("c1", now);
  EXPECT_EQ(node->text(), node_of("c1"));
  pass(std::chrono::minutes(11));
  EXPECT_EQ(core.clients(), 1u) << "its viewer is here";
}

TEST_F(place, is_another_one_when_the_node_is_lost_or_silent) {
  const std::string first = place_of("c1");
  nodes.at(first).echoes = false;
  pass(milliseconds(1'300));
  const std::string second = place_of("c1");
  EXPECT_NE(second, first);
  lose(second);
  const std::string third = place_of("c1");
  EXPECT_TRUE(third != first && third != second) << third;
}

TEST_F(place, is_nowhere_while_no_node_is_linked) {
  lose("n1");
  lose("n2");
  lose("n3");
  EXPECT_EQ(place_of("c1"), "nowhere");
  EXPECT_EQ(core.counters().placed, 0u);
  link("n2");
  EXPECT_EQ(place_of("c1"), "n2");
}

TEST_F(place, is_another_one_while_the_node_reports_that_it_is_full_and_none_when_all_do) {
  const auto reports = [this](const std::string& node, directory::intake room) {
    ++nodes.at(node).member.load.number;
    nodes.at(node).member.load.room = room;
    see();
  };
  const std::string first = place_of("c1");
  reports(first, directory::intake::full);
  const std::string second = place_of("c1");
  EXPECT_NE(second, first);
  for (const auto& [name, node] : nodes) reports(name, directory::intake::full);
  EXPECT_EQ(place_of("c1"), "nowhere");
  reports(second, directory::intake::open);
  EXPECT_EQ(place_of("c1"), second);
  pass(gateway_options().placement.report_age_max);
  reports(second, directory::intake::full);
  EXPECT_NE(place_of("c1"), second) << "old reports say nothing";
  EXPECT_NE(place_of("c1"), "nowhere");
}

TEST_F(place, of_many_clients_is_even_before_any_node_reports_them) {
  std::map<std::string, int> placed;
  for (int i = 0; i < 3'000; ++i) ++placed[place_of("client-" + std::to_string(i))];
  for (const auto& [node, count] : placed) EXPECT_NEAR(count, 1'000, 150) << node;
}

}  // namespace
}  // namespace blotter::gateway
