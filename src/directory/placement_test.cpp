#include "directory/placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>

namespace blotter::directory {
namespace {

using std::chrono::seconds;

std::string client(int number) {
  return "client" + std::to_string(number);
}

/// Nodes that report each second what they really have, and gateways that place clients on them. A directory
/// keeps the first placement of each client.
class cluster {
 public:
  struct node {
    member who;
    std::uint64_t streams = 0;
    double slowness = 1;  ///< busy for each stream, in ten thousandths of a loop
  };

  void add_node(const std::string& name, double slowness = 1) {
    member who{.id = member_id::parse(name).value(), .roles = {role::node}, .stage = stage::serving};
    nodes.emplace(name, node{std::move(who), 0, slowness});
  }
  void add_gateways(std::size_t count) {
    gateways.assign(count, placement({}));
    for (std::size_t i = 0; i < count; ++i) {
      const auto id = member_id::parse("gateway-" + std::to_string(i)).value();
      others.push_back({.id = id, .roles = {role::gateway}, .stage = stage::serving});
    }
  }
  void report() {
    std::vector<member> all = others;
    for (auto& [_, each] : nodes) {
      ++each.who.load.number;
      each.who.load.viewers = each.streams;
      each.who.load.busy = std::min(static_cast<double>(each.streams) * each.slowness / 10'000, 1.0);
      all.push_back(each.who);
    }
    for (placement& each : gateways) each.see(all, now);
  }
  /// Places clients `from` to `to` at `rate` a second, by one gateway after the other.
  void place(int from, int to, double rate) {
    for (int number = from; number < to; ++number) {
      now += std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / rate));
      if (now >= report_at) {
        report();
        report_at = now + seconds(1);
      }
      place_one(number, static_cast<std::size_t>(number) % gateways.size());
    }
  }
  void place_one(int number, std::size_t gateway) {
    placement& by = gateways[gateway];
    const auto chosen = by.choose(client(number), now);
    ASSERT_TRUE(chosen);
    ++reasons[chosen->why];
    const auto [at, won] = where.try_emplace(number, chosen->node.text());
    if (won) ++nodes.at(at->second).streams;
    by.placed(member_id::parse(at->second).value(), now);
  }
  double greatest_of_mean(const std::function<double(const node&)>& of) const {
    double most = 0;
    double all = 0;
    for (const auto& [_, each] : nodes) {
      most = std::max(most, of(each));
      all += of(each);
    }
    return most / all * static_cast<double>(nodes.size());
  }
  double greatest_of_mean() const {
    return greatest_of_mean([](const node& each) { return static_cast<double>(each.streams); });
  }

  instant now{std::chrono::hours(1)};
  instant report_at{};
  std::map<std::string, node> nodes;
  std::vector<member> others;
  std::vector<placement> gateways;
  std::map<int, std::string> where;
  std::map<placement::reason, int> reasons;
};

cluster with_nodes(int count, std::size_t gateways) {
  cluster all;
  for (int i = 0; i < count; ++i) all.add_node("node-" + std::to_string(i));
  all.add_gateways(gateways);
  return all;
}

TEST(placement, has_nowhere_to_go_while_no_node_serves) {
  placement one({});
  EXPECT_FALSE(one.choose("c", instant{}));
  member starting{.id = member_id::parse("n").value(), .roles = {role::node}};
  member router{.id = member_id::parse("r").value(), .roles = {role::router}, .stage = stage::serving};
  const std::vector<member> all{starting, router};
  one.see(all, instant{});
  EXPECT_FALSE(one.choose("c", instant{}));
}

TEST(placement, is_even_and_leaves_nearly_all_on_their_first_node) {
  for (const int nodes : {2, 3, 5, 9}) {
    cluster all = with_nodes(nodes, 3);
    all.place(0, 10'000, 2000);
    EXPECT_LE(all.greatest_of_mean(), 1.15) << nodes;
    EXPECT_GE(all.reasons[placement::reason::first], 9'000) << nodes;
  }
}

TEST(placement, keeps_below_the_bound_though_reports_are_a_second_old) {
  cluster all = with_nodes(4, 3);
  all.place(0, 20'000, 5000);
  EXPECT_LE(all.greatest_of_mean(), 1.25);
}

TEST(placement, gives_less_to_a_node_whose_loops_are_busier) {
  cluster all = with_nodes(4, 2);
  all.nodes.at("node-0").slowness = 2;
  all.place(0, 8'000, 500);
  EXPECT_LE(all.greatest_of_mean([](const cluster::node& each) { return each.who.load.busy; }), 1.3);
  EXPECT_LT(all.nodes.at("node-0").streams, 1'600u);
}

TEST(placement, agrees_between_gateways_that_see_the_same) {
  cluster all = with_nodes(5, 3);
  all.place(0, 3'000, 1000);
  all.now += milliseconds(500);
  for (int i = 0; i < 2; ++i) all.report();  // what was placed is in the reports
  for (int number = 0; number < 5'000; ++number) {
    const auto chosen = all.gateways[0].choose(client(number), all.now);
    for (const placement& each : all.gateways)
      EXPECT_EQ(each.choose(client(number), all.now)->node, chosen->node);
  }
}

TEST(placement, places_nearly_all_where_they_were_when_directory_and_gateways_are_lost) {
  cluster all = with_nodes(5, 3);
  all.place(0, 10'000, 2000);
  all.report();
  std::vector<member> members;
  for (const auto& [_, each] : all.nodes) members.push_back(each.who);
  placement anew({});
  placement other({});
  for (placement* each : {&anew, &other}) {
    each->see(members, all.now);
    each->set_directory(false);
  }
  int same = 0;
  for (const auto& [number, node] : all.where) {
    const auto chosen = anew.choose(client(number), all.now + seconds(60));
    same += chosen->node.text() == node ? 1 : 0;
    EXPECT_EQ(other.choose(client(number), all.now)->node, chosen->node);
  }
  EXPECT_GE(same, 9'000);
}

TEST(placement, moves_nobody_but_the_clients_of_a_node_that_is_lost) {
  cluster all = with_nodes(5, 1);
  all.gateways[0].set_directory(false);
  all.report();
  std::map<int, member_id> before;
  for (int number = 0; number < 5'000; ++number)
    before.emplace(number, all.gateways[0].choose(client(number), all.now)->node);
  const member_id lost = member_id::parse("node-3").value();
  all.gateways[0].set_suspect(lost, true);
  std::map<member_id, int> gained;
  for (const auto& [number, node] : before) {
    const auto now_on = all.gateways[0].choose(client(number), all.now)->node;
    EXPECT_NE(now_on, lost);
    if (node == lost)
      ++gained[now_on];
    else
      EXPECT_EQ(now_on, node);
  }
  EXPECT_EQ(gained.size(), 4u) << "all the others share them";
  all.gateways[0].set_suspect(lost, false);
  for (const auto& [number, node] : before)
    EXPECT_EQ(all.gateways[0].choose(client(number), all.now)->node, node);
}

TEST(placement, counts_its_own_placements_until_a_report_has_them) {
  cluster all = with_nodes(2, 1);
  all.nodes.at("node-0").streams = all.nodes.at("node-1").streams = 100;
  all.report();
  const member_id first = member_id::parse("node-0").value();
  const auto on_first = [&] {
    int count = 0;
    for (int number = 0; number < 1'000; ++number)
      count += all.gateways[0].choose(client(number), all.now)->node == first ? 1 : 0;
    return count;
  };
  const int fair = on_first();
  EXPECT_GT(fair, 400);
  for (int i = 0; i < 50; ++i) all.gateways[0].placed(first, all.now);
  EXPECT_EQ(on_first(), 0);
  all.report();
  EXPECT_EQ(on_first(), 0) << "this report may be from before";
  all.report();
  EXPECT_EQ(on_first(), fair);
}

TEST(placement, takes_the_first_node_when_reports_are_old) {
  cluster all = with_nodes(2, 1);
  all.nodes.at("node-0").streams = 1'000;
  all.report();
  const auto blind = all.now + seconds(4);
  int on_loaded = 0;
  for (int number = 0; number < 1'000; ++number) {
    EXPECT_NE(all.gateways[0].choose(client(number), all.now)->node.text(), "node-0");
    on_loaded += all.gateways[0].choose(client(number), blind)->node.text() == "node-0" ? 1 : 0;
  }
  EXPECT_NEAR(on_loaded, 500, 60);
}

TEST(placement, goes_on_to_the_third_node_when_the_first_two_are_over_the_bound) {
  cluster all = with_nodes(3, 1);
  all.nodes.at("node-0").streams = all.nodes.at("node-1").streams = 1'000;
  all.nodes.at("node-2").streams = 500;
  all.report();
  for (int number = 0; number < 1'000; ++number)
    EXPECT_EQ(all.gateways[0].choose(client(number), all.now)->why == placement::reason::bounded, false);
  all.nodes.at("node-2").streams = 100;
  all.report();
  int bounded = 0;
  for (int number = 0; number < 1'000; ++number) {
    const auto chosen = all.gateways[0].choose(client(number), all.now);
    EXPECT_EQ(chosen->node.text(), "node-2");
    bounded += chosen->why == placement::reason::bounded ? 1 : 0;
  }
  EXPECT_GT(bounded, 250) << "a third have it as their third";
}

TEST(placement, has_a_new_node_start_slowly) {
  cluster all = with_nodes(3, 2);
  all.place(0, 6'000, 2000);
  all.add_node("node-9");
  all.report();
  all.report_at = all.now + seconds(1);
  const auto fresh = [&] { return all.nodes.at("node-9").streams; };
  all.place(6'000, 10'000, 4000);
  EXPECT_LE(fresh(), 200u * 1.3);
  EXPECT_GE(fresh(), 100u);
  all.place(10'000, 40'000, 3000);
  EXPECT_LE(all.greatest_of_mean(), 1.25);
  EXPECT_GE(fresh(), 5'000u);
}

TEST(placement, does_not_start_slowly_when_all_start) {
  cluster all = with_nodes(3, 1);
  all.place(0, 3'000, 10'000);
  EXPECT_LE(all.greatest_of_mean(), 1.15);
}

TEST(placement, goes_by_weight) {
  cluster all = with_nodes(3, 1);
  const member_id half = member_id::parse("node-1").value();
  all.gateways[0].set_weight(half, weight_one / 2);
  all.gateways[0].set_weight(member_id::parse("node-2").value(), 0);
  all.place(0, 6'000, 1000);
  EXPECT_EQ(all.nodes.at("node-2").streams, 0u);
  EXPECT_NEAR(static_cast<double>(all.nodes.at("node-1").streams), 2'000, 250);
}

TEST(placement, serves_an_empty_cluster_and_one_that_is_full) {
  cluster all = with_nodes(2, 1);
  all.report();
  EXPECT_TRUE(all.gateways[0].choose("c", all.now));
  for (auto& [_, each] : all.nodes) each.slowness = 10'000;
  for (auto& [_, each] : all.nodes) each.streams = 1'000;
  all.report();
  EXPECT_TRUE(all.gateways[0].choose("c", all.now));
}

}  // namespace
}  // namespace blotter::directory
