#include "scenario/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "scenario/table.hpp"

namespace blotter::scenario {
namespace {

using namespace std::chrono_literals;

const policy ours{"ours", ""};
const policy never_grows{"never_grows", "", placing::blotter, sizing::fixed};

/// A load that grows to four times within half an hour, of clients that stay for two minutes.
story rising() {
  story told;
  told.name = "rising";
  told.sentence = "a test";
  told.begins = wall_time(std::chrono::sys_days(std::chrono::days(20'000)) + 11h);
  told.length = 45min;
  told.counted_from = 5min;
  told.crowd.clients = 4'000;
  told.crowd.load = 1'000'000;
  told.crowd.session = 120;
  told.crowd.rows = curve({{0, 0.2}, {300, 0.2}, {2'100, 0.8}});
  told.scale.nodes_max = 16;
  told.nodes.assign(3, told.fleet.usual);
  return told;
}

TEST(scenario, is_the_same_for_the_same_seed_and_another_for_another) {
  story told = *story_named("leave_in_spike");
  told.earlier_days = 1;
  const outcome one = run(told, ours, 5);
  const outcome same = run(told, ours, 5);
  EXPECT_EQ(one.digest, same.digest);
  EXPECT_EQ(table_of(told, std::span(&one, 1)), table_of(told, std::span(&same, 1)));
  EXPECT_NE(one.digest, run(told, ours, 6).digest);
}

TEST(scenario, keeps_the_objective_while_load_rises_only_where_nodes_are_started) {
  const outcome grown = run(rising(), ours, 1);
  EXPECT_EQ(grown.minutes_over, 0u) << table_of(rising(), std::span(&grown, 1));
  EXPECT_EQ(grown.minutes.size(), 40u);
  EXPECT_GE(grown.nodes_most, 5u);
  const outcome stuck = run(rising(), never_grows, 1);
  EXPECT_EQ(stuck.nodes_most, 3u);
  EXPECT_GT(stuck.minutes_over, 10u) << "or the objective cannot fail";
  EXPECT_LT(stuck.nodes.node_seconds(), grown.nodes.node_seconds());
}

TEST(scenario, offers_every_policy_the_same_load) {
  const story told = rising();
  const outcome first = run(told, ours, 3);
  for (const policy& each : policies()) {
    const outcome other = run(told, each, 3);
    EXPECT_EQ(other.nodes.foresight_node_seconds(), first.nodes.foresight_node_seconds()) << each.name;
    for (std::size_t i = 0; i < other.minutes.size(); ++i)
      EXPECT_EQ(other.minutes[i].load, first.minutes[i].load) << each.name;
  }
}

TEST(scenario, loses_no_row) {
  for (const std::string_view name : {"join", "leave_in_spike", "slow_node"}) {
    story told = *story_named(name);
    told.earlier_days = 0;
    const outcome one = run(told, ours, 1);
    const row_counts& rows = one.counts;
    const double in = rows.offered + rows.snapshots + rows.resumed;
    EXPECT_NEAR(in, rows.sent + rows.conflated + rows.dropped + one.waiting, 1e-6 * in) << name;
    EXPECT_GT(rows.sent, 0.2 * in) << name;
  }
}

/// From the node that is busiest to the one that is least, all of its heaviest.
class to_the_idlest final : public balancer {
 public:
  decision look(const balance_view& seen) override {
    if (++second_ % 10 != 0) return {};
    std::map<double, node_number> nodes;
    for (const directory::member& each : seen.members())
      if (each.roles.front() == directory::role::node) nodes[each.load.busy] = *fleet::number_of(each.id);
    decision made;
    if (nodes.size() < 2 || nodes.rbegin()->first < 1.1 * nodes.begin()->first) return made;
    for (const client_load& each : seen.heaviest())
      if (each.on == nodes.rbegin()->second && made.moves.size() < 20)
        made.moves.push_back({each.who, each.on, nodes.begin()->second, each.viewers});
    return made;
  }

 private:
  int second_ = 0;
};

TEST(scenario, moves_clients_as_a_balancer_says) {
  const story told = *story_named("join");
  to_the_idlest by;
  const outcome without = run(told, ours, 1);
  const outcome with = run(told, ours, 1, &by);
  EXPECT_EQ(without.balanced, 0u);
  EXPECT_GT(with.balanced, 50u);
  ASSERT_TRUE(with.even_again && without.even_again);
  EXPECT_LT(*with.even_again, *without.even_again);
}

TEST(balance_view, shows_the_heaviest_of_the_busiest_loop_of_each_node) {
  std::vector<client> all;
  for (int i = 0; i < 300; ++i)
    all.push_back({.id = "c" + std::to_string(i), .rate = 1'000 * (i + 1), .viewers = 2, .rows = 10});
  fleet nodes({}, all);
  for (int i = 0; i < 2; ++i) nodes.start({.loops = 1}, instant{}, 0ms);
  nodes.settle(instant{});
  for (client_number who = 0; who < all.size(); ++who) nodes.connect(who, who < 290 ? 0 : 1);
  factors busy;
  busy.fill(2);
  const auto heaviest = balance_view(nodes, busy, instant{}).heaviest();
  ASSERT_EQ(heaviest.size(), heaviest_max + 10);
  EXPECT_EQ(heaviest[0].who, 289u);
  EXPECT_EQ(heaviest[0].viewers, 2u);
  EXPECT_DOUBLE_EQ(heaviest[0].rows_per_second, 580);
  EXPECT_EQ(heaviest[heaviest_max - 1].who, 289u - 63);
  EXPECT_EQ(heaviest[heaviest_max].who, 299u);
}

TEST(stories, are_told_by_their_names_alone) {
  EXPECT_EQ(story_names().size(), 8u);
  for (const std::string_view each : story_names()) {
    const auto told = story_named(each);
    ASSERT_TRUE(told) << each;
    EXPECT_EQ(told->name, each);
    EXPECT_FALSE(told->sentence.empty());
    EXPECT_FALSE(told->nodes.empty());
    EXPECT_FALSE(scale::problem_of(told->scale));
    EXPECT_EQ(told->length % 60s, 0s);
  }
  EXPECT_FALSE(story_named("weekend"));
  EXPECT_FALSE(policy_named("magic"));
  EXPECT_EQ(policy_named("hpa")->sizes, sizing::hpa);
}

TEST(stories, open_the_trading_day_with_twenty_times_the_rows_in_ten_seconds) {
  const story told = *story_named("trading_day");
  const double open = 9.5 * 3'600;
  EXPECT_DOUBLE_EQ(told.crowd.rows.at(open + 10) / told.crowd.rows.at(open), 20);
  EXPECT_EQ(told.length, 24h);
  EXPECT_LT(told.crowd.rows.at(12.5 * 3'600), told.crowd.rows.at(11 * 3'600)) << "lunch";
  EXPECT_GT(told.crowd.rows.at(15.97 * 3'600), told.crowd.rows.at(14 * 3'600)) << "close";
}

TEST(table, has_a_line_for_each_outcome_and_the_plot_a_curve) {
  const story told = rising();
  std::vector<outcome> all = {run(told, ours, 1), run(told, never_grows, 1)};
  const std::string text = table_of(told, all);
  for (const char* part : {"rising: a test", "\nours ", "\nnever_grows ", "40 minutes"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 6);
  const std::string plot = plot_of(told, all);
  EXPECT_EQ(plot.rfind("<svg xmlns=", 0), 0u);
  EXPECT_EQ(plot.substr(plot.size() - 7), "</svg>\n");
  EXPECT_NE(plot.find("never_grows"), std::string::npos);
  EXPECT_EQ(plot.find("nan"), std::string::npos);
  EXPECT_EQ(plot.find("inf"), std::string::npos);
  EXPECT_NE(plot_of(told, {}).find("</svg>"), std::string::npos) << "nothing to show";
}

}  // namespace
}  // namespace blotter::scenario
