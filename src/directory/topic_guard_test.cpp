#include "directory/topic_guard.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace blotter::directory {
namespace {

using ids = std::vector<std::string>;
using strangers = std::vector<topic_guard::stranger>;

member router_of(const std::string& id, std::string topic, std::uint64_t report = 1) {
  member one{.id = member_id::parse(id).value(), .roles = {role::router}};
  one.topic = std::move(topic);
  one.load.number = report;
  return one;
}

member a_node(const std::string& id) {
  return {.id = member_id::parse(id).value(), .roles = {role::node}};
}

ids kept(topic_guard& by, std::vector<member> all) {
  ids out;
  for (const member& each : by.keep(std::move(all))) out.push_back(each.id.text());
  return out;
}

TEST(topic_guard, sets_routers_of_another_topic_aside) {
  topic_guard mine("orders");
  EXPECT_EQ(kept(mine, {a_node("n"), router_of("r-1", "orders"), router_of("r-2", "trades")}),
            ids({"n", "r-1"}));
  EXPECT_EQ(mine.set_aside(), strangers({{"r-2", "trades"}}));
  EXPECT_EQ(kept(mine, {a_node("n")}), ids({"n"}));
  EXPECT_EQ(mine.set_aside(), strangers());
}

TEST(topic_guard, keeps_the_topic_that_it_began_with_while_a_router_of_it_is_there) {
  topic_guard mine("");
  EXPECT_EQ(kept(mine, {a_node("n")}), ids({"n"}));
  EXPECT_EQ(mine.topic(), "");
  EXPECT_EQ(kept(mine, {router_of("r-1", "trades")}), ids({"r-1"}));
  EXPECT_EQ(kept(mine, {router_of("r-1", "trades", 2)}), ids({"r-1"}));
  EXPECT_EQ(
      kept(mine, {router_of("r-1", "trades", 2), router_of("r-2", "orders"), router_of("r-3", "orders")}),
      ids({"r-1"}));
  EXPECT_EQ(kept(mine, {router_of("r-2", "orders")}), ids({"r-2"})) << "one of before is forgotten";
  EXPECT_EQ(mine.topic(), "orders");
}

TEST(topic_guard, leaves_the_topic_of_those_who_may_be_dead_for_one_whose_routers_come_or_report) {
  topic_guard arrival("");
  EXPECT_EQ(kept(arrival, {router_of("old", "a", 7)}), ids({"old"}));
  EXPECT_EQ(kept(arrival, {router_of("new", "b"), router_of("old", "a", 7)}), ids({"new"}));
  EXPECT_EQ(kept(arrival, {router_of("new", "b"), router_of("old", "a", 8)}), ids({"new"})) << "it stays";
  topic_guard report("");
  EXPECT_EQ(kept(report, {router_of("new", "b"), router_of("old", "a", 7)}), ids({"old"}));
  EXPECT_EQ(kept(report, {router_of("new", "b", 2), router_of("old", "a", 7)}), ids({"new"}));
  topic_guard linked("");
  EXPECT_EQ(kept(linked, {router_of("r-1", "a")}), ids({"r-1"}));
  linked.linked(router_of("r-1", "a"));
  EXPECT_EQ(kept(linked, {router_of("r-1", "a"), router_of("new", "b")}), ids({"r-1"}));
}

TEST(topic_guard, keeps_a_topic_for_good_once_a_router_of_it_was_linked) {
  topic_guard mine("");
  EXPECT_EQ(kept(mine, {router_of("r-1", "trades"), router_of("r-2", "")}), ids({"r-1", "r-2"}));
  mine.linked(router_of("r-2", ""));
  mine.linked(router_of("r-3", "orders"));
  EXPECT_EQ(kept(mine, {router_of("r-3", "orders")}), ids({"r-3"})) << "none of trades was linked";
  mine.linked(router_of("r-3", "orders"));
  EXPECT_EQ(kept(mine, {router_of("r-1", "trades")}), ids());
  EXPECT_EQ(kept(mine, {}), ids());
  EXPECT_EQ(kept(mine, {router_of("r-1", "trades"), router_of("r-4", "orders")}), ids({"r-4"}));
}

TEST(topic_guard, begins_with_the_topic_of_most_routers_and_of_as_many_with_the_first_by_name) {
  topic_guard most("");
  EXPECT_EQ(kept(most, {router_of("r-1", "a"), router_of("r-2", "b"), router_of("r-3", "b")}),
            ids({"r-2", "r-3"}));
  topic_guard first("");
  EXPECT_EQ(kept(first, {router_of("r-1", "b"), router_of("r-2", "a")}), ids({"r-2"}));
}

TEST(topic_guard, takes_a_router_that_names_no_topic_for_one_of_ours) {
  topic_guard mine("");
  EXPECT_EQ(kept(mine, {router_of("r-1", "")}), ids({"r-1"}));
  EXPECT_EQ(kept(mine, {router_of("r-1", ""), router_of("r-2", "orders")}), ids({"r-1", "r-2"}));
  EXPECT_EQ(mine.set_aside(), strangers());
}

}  // namespace
}  // namespace blotter::directory
