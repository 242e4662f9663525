#include "scenario/fleet.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace blotter::scenario {
namespace {

using namespace std::chrono_literals;

constexpr instant start{1h};

/// Each has 100 rows, of which 50 change in a second, and one viewer; the last one has ten.
std::vector<client> clients(std::size_t count) {
  std::vector<client> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({.id = "c" + std::to_string(i), .rate = 50'000, .viewers = 1, .rows = 100});
  all.back().viewers = 10;
  return all;
}

factors even() {
  factors all;
  all.fill(1);
  return all;
}

double balance(const fleet& of) {
  const row_counts& rows = of.rows();
  return rows.offered + rows.snapshots + rows.resumed - rows.sent - rows.conflated - rows.dropped -
         of.waiting();
}

/// The first one that serves and is not `but`.
fleet::chooser any(const fleet& of, node_number but = 1'000) {
  return [&of, but](client_number) -> std::optional<node_number> {
    for (const node_number each : of.serving())
      if (each != but) return each;
    return std::nullopt;
  };
}

class fleet_of_two : public testing::Test {
 public:
  fleet_of_two() {
    for (int i = 0; i < 2; ++i) nodes.start({.loops = 1, .capacity = 1'000}, start, 0ms);
    nodes.settle(start);
  }
  void work() { nodes.work(even(), written); }
  const fleet::node& node(node_number which) const { return nodes.nodes()[which]; }
  const directory::load_report& report(node_number which) const {
    for (const directory::member& each : nodes.members())
      if (fleet::number_of(each.id) == which) return each.load;
    ADD_FAILURE() << "it is not in the directory";
    return nodes.members().front().load;
  }
  std::vector<client> all = clients(20);
  fleet nodes{{.burst = 2, .resume_rows = 5, .reopened_per_second = 100}, all};
  ages written;
};

TEST_F(fleet_of_two, sends_a_snapshot_to_who_comes_and_then_what_changes) {
  nodes.connect(0, 1);
  EXPECT_EQ(nodes.waiting(), 100);
  work();
  EXPECT_EQ(nodes.waiting(), 0);
  work();
  EXPECT_NEAR(nodes.rows().sent + nodes.rows().conflated, 200, 1e-9);
  EXPECT_LT(nodes.rows().conflated, 5) << "some change before they are shown at all";
  EXPECT_DOUBLE_EQ(report(1).busy, 0.05);
  EXPECT_EQ(report(1).number, 2u);
  EXPECT_EQ(report(1).viewers, 1u);
  EXPECT_DOUBLE_EQ(report(1).rows_per_second, 50);
  EXPECT_EQ(report(0).busy, 0);
  EXPECT_NEAR(balance(nodes), 0, 1e-9);
}

TEST_F(fleet_of_two, counts_the_rows_of_each_viewer) {
  nodes.connect(19, 0);
  for (int i = 0; i < 3; ++i) work();
  EXPECT_NEAR(report(0).busy, 0.5, 1e-9);
}

TEST_F(fleet_of_two, carries_what_waits_to_where_the_viewer_goes) {
  nodes.connect(0, 0);
  EXPECT_TRUE(nodes.move(0, 0, 1, 1, reason_to_move::balance));
  EXPECT_EQ(nodes.waiting(), 100) << "no row of a table waits twice";
  EXPECT_EQ(node(0).viewers, 0u);
  EXPECT_EQ(node(0).clients, 0u);
  EXPECT_EQ(node(1).viewers, 1u);
  work();
  EXPECT_EQ(report(0).rows_per_second, 0);
  EXPECT_TRUE(nodes.move(0, 1, 0, 1, reason_to_move::balance));
  EXPECT_EQ(nodes.waiting(), 5) << "resumed";
  EXPECT_EQ(nodes.moves(reason_to_move::balance), 2u);
  EXPECT_NEAR(balance(nodes), 0, 1e-9);
}

TEST_F(fleet_of_two, splits_a_client_by_its_viewers) {
  nodes.connect(19, 0);
  EXPECT_TRUE(nodes.move(19, 0, 1, 4, reason_to_move::balance));
  EXPECT_EQ(node(0).viewers, 6u);
  EXPECT_EQ(node(1).viewers, 4u);
  work();
  work();
  EXPECT_NEAR(report(0).busy, 0.3, 1e-9);
  EXPECT_NEAR(report(1).busy, 0.2, 1e-9);
  nodes.leave(19);
  EXPECT_EQ(node(0).viewers + node(1).viewers, 0u);
  EXPECT_EQ(nodes.connected(), 0u);
}

TEST_F(fleet_of_two, refuses_a_move_that_cannot_be) {
  nodes.connect(0, 0);
  EXPECT_FALSE(nodes.move(0, 1, 0, 1, reason_to_move::balance)) << "is not there";
  EXPECT_FALSE(nodes.move(0, 0, 0, 1, reason_to_move::balance));
  EXPECT_FALSE(nodes.move(0, 0, 7, 1, reason_to_move::balance)) << "no such node";
  nodes.drain(1, start);
  EXPECT_FALSE(nodes.move(0, 0, 1, 1, reason_to_move::balance)) << "it drains";
  EXPECT_EQ(nodes.moves(reason_to_move::balance), 0u);
}

TEST_F(fleet_of_two, starts_a_node_that_is_paid_for_before_it_serves) {
  const node_number late = nodes.start({}, start, 20s);
  EXPECT_EQ(nodes.paid(), 3u);
  EXPECT_EQ(nodes.starting(), 1u);
  nodes.settle(start + 19s);
  EXPECT_EQ(nodes.serving().size(), 2u);
  nodes.settle(start + 20s);
  EXPECT_EQ(nodes.serving().back(), late);
  EXPECT_EQ(nodes.starting(), 0u);
}

TEST_F(fleet_of_two, drains_at_a_pace_and_lets_the_node_go_when_it_is_empty) {
  for (client_number who = 0; who < 19; ++who) nodes.connect(who, 0);
  nodes.drain(0, start);
  EXPECT_EQ(nodes.serving(), std::vector<node_number>{1});
  int took = 0;
  for (; node(0).is == fleet::phase::draining && took < 100; ++took) {
    nodes.hand_over(any(nodes), start + took * 1s);
    nodes.settle(start + took * 1s);
  }
  // 19 viewers in 0.6 of 60 s, one a second at least.
  EXPECT_EQ(took, 19);
  EXPECT_EQ(node(0).is, fleet::phase::gone);
  EXPECT_EQ(node(1).viewers, 19u);
  EXPECT_EQ(nodes.moves(reason_to_move::drain), 19u);
  EXPECT_EQ(nodes.paid(), 1u);
}

TEST_F(fleet_of_two, hands_all_over_at_once_when_the_time_of_a_drain_is_over) {
  for (client_number who = 0; who < 19; ++who) nodes.connect(who, 0);
  nodes.drain(0, start);
  nodes.hand_over(any(nodes), start + 60s);
  EXPECT_EQ(node(0).viewers, 0u);
}

TEST_F(fleet_of_two, keeps_clients_on_a_draining_node_while_there_is_no_other) {
  nodes.connect(0, 0);
  nodes.drain(0, start);
  nodes.drain(1, start);
  nodes.hand_over(any(nodes), start + 60s);
  EXPECT_EQ(node(0).viewers, 1u);
}

TEST_F(fleet_of_two, lets_rows_grow_old_of_who_was_on_a_killed_node) {
  nodes.connect(0, 0);
  nodes.connect(19, 0);
  work();
  nodes.kill(0, start);
  EXPECT_EQ(nodes.waiting_for_a_node(), 2u);
  written.clear();
  nodes.rehome(any(nodes), even(), start + 999ms, written);
  EXPECT_EQ(nodes.waiting_for_a_node(), 2u) << "gateways have not noticed yet";
  nodes.rehome(any(nodes), even(), start + 1s, written);
  EXPECT_EQ(nodes.waiting_for_a_node(), 0u);
  EXPECT_EQ(node(1).viewers, 11u);
  EXPECT_EQ(nodes.moves(reason_to_move::loss), 2u);
  EXPECT_NEAR(written.rows(), 50 * 11, 1e-6);
  EXPECT_NEAR(written.quantile(1), 1, 0.04);
  work();
  EXPECT_NEAR(balance(nodes), 0, 1e-9);
}

TEST_F(fleet_of_two, slows_a_node_down) {
  nodes.connect(19, 0);
  work();
  nodes.set_speed(0, 0.25);
  for (int i = 0; i < 3; ++i) work();
  EXPECT_EQ(report(0).busy, 1);
  EXPECT_GT(report(0).flush_delay, 100ms);
  EXPECT_GT(node(0).response, 100ms);
  EXPECT_LT(node(1).response, 10ms);
}

TEST(fleet, loses_no_row_and_no_viewer_in_random_lives) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    random_source chance(seed);
    const std::vector<client> all = clients(60);
    fleet nodes({.usual = {.loops = 2, .capacity = 700}, .burst = 5, .drain_time = 10s}, all);
    std::vector<bool> there(all.size());
    ages written;
    for (int i = 0; i < 3; ++i) nodes.start(nodes.settings().usual, start, 0ms);
    for (int second = 0; second < 200; ++second) {
      const instant now = start + second * 1s;
      const auto some = [&] { return static_cast<node_number>(chance.below(nodes.nodes().size())); };
      nodes.settle(now);
      if (chance.below(15) == 0 || nodes.serving().size() < 2) nodes.start(nodes.settings().usual, now, 3s);
      if (nodes.serving().size() > 2 && chance.below(30) == 0) nodes.kill(nodes.serving()[0], now);
      if (nodes.serving().size() > 2 && chance.below(30) == 0) nodes.drain(nodes.serving()[1], now);
      if (chance.below(20) == 0) nodes.set_speed(some(), 0.2 + chance.unit());
      for (int i = 0; i < 3; ++i) {
        const auto who = static_cast<client_number>(chance.below(all.size()));
        if (there[who])
          nodes.leave(who);
        else if (!nodes.serving().empty())
          nodes.connect(who, nodes.serving()[chance.below(nodes.serving().size())]);
        else
          continue;
        there[who] = !there[who];
      }
      nodes.move(static_cast<client_number>(chance.below(all.size())), some(), some(),
                 1 + static_cast<std::uint32_t>(chance.below(10)), reason_to_move::balance);
      nodes.hand_over(any(nodes), now);
      nodes.rehome(any(nodes), even(), now, written);
      nodes.work(even(), written);
      ASSERT_NEAR(balance(nodes), 0, 1e-6 * nodes.rows().offered + 1e-6) << second;
    }
    std::uint64_t viewers = 0;
    std::uint64_t connected = 0;
    for (const fleet::node& each : nodes.nodes()) viewers += each.viewers;
    for (client_number who = 0; who < all.size(); ++who) {
      connected += there[who] ? 1 : 0;
      for (const part& each : nodes.places(who)) viewers -= each.viewers;
      nodes.leave(who);
    }
    EXPECT_EQ(viewers, 0u) << "nodes and clients agree on who is where";
    EXPECT_EQ(nodes.connected() + connected, connected);
    for (const fleet::node& each : nodes.nodes())
      for (const fleet::node::loop& loop : each.loops) {
        EXPECT_EQ(loop.tables, 0);
        EXPECT_EQ(loop.rates[0], 0) << "sums are exact";
      }
  }
}

}  // namespace
}  // namespace blotter::scenario
