#include "scenario/placer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "directory/rendezvous.hpp"

namespace blotter::scenario {
namespace {

using namespace std::chrono_literals;

constexpr instant start{1h};

class three_nodes : public testing::Test {
 public:
  three_nodes() {
    for (int i = 0; i < 3; ++i) nodes.start({}, start, 0ms);
    nodes.settle(start);
  }
  node_number place(placer& by, client_number who) {
    const auto to = by.choose(who, nodes, start);
    EXPECT_TRUE(to);
    nodes.connect(who, *to);
    return *to;
  }
  std::vector<client> all = [] {
    std::vector<client> made;
    for (int i = 0; i < 200; ++i)
      made.push_back(
          {.id = "c" + std::to_string(i), .rate = 1'000, .viewers = i == 0 ? 10u : 1u, .rows = 10});
    return made;
  }();
  fleet nodes{{}, all};
};

TEST_F(three_nodes, take_clients_in_turn_by_round_robin) {
  round_robin by;
  for (const node_number wanted : {0u, 1u, 2u, 0u, 1u}) EXPECT_EQ(by.choose(0, nodes, start), wanted);
  nodes.drain(1, start);
  EXPECT_NE(by.choose(0, nodes, start), 1u);
  EXPECT_NE(by.choose(0, nodes, start), 1u);
}

TEST_F(three_nodes, take_clients_where_viewers_are_fewest) {
  least_connections by;
  EXPECT_EQ(place(by, 0), 0u);  // ten viewers
  for (client_number who = 1; who <= 20; ++who) EXPECT_NE(place(by, who), 0u) << "10 and 10 at most";
  EXPECT_EQ(nodes.nodes()[1].viewers, 10u);
  EXPECT_EQ(nodes.nodes()[2].viewers, 10u);
  EXPECT_EQ(place(by, 21), 0u) << "the first of three alike";
}

TEST_F(three_nodes, are_never_over_the_bound_of_hashing_with_bounded_loads) {
  bounded_hashing by;
  for (client_number who = 0; who < all.size(); ++who) {
    const node_number on = place(by, who);
    EXPECT_LE(nodes.nodes()[on].clients, std::ceil(1.25 * (who + 1) / 3)) << who;
  }
}

// By hand: all nodes are empty or have the same, so that each has room, and the ring alone decides.
TEST_F(three_nodes, take_a_client_where_the_ring_says_while_there_is_room) {
  bounded_hashing by;
  std::map<std::uint64_t, node_number> ring;
  for (node_number node = 0; node < 3; ++node)
    for (std::uint64_t point = 0; point < 100; ++point)
      ring[directory::stable_hash(node * 100 + point)] = node;
  for (client_number who = 0; who < all.size(); ++who) {
    auto at = ring.lower_bound(directory::stable_hash(all[who].id));
    if (at == ring.end()) at = ring.begin();
    EXPECT_EQ(by.choose(who, nodes, start), at->second);
  }
}

// By hand: 3 clients on the node that client c wants, none elsewhere: the bound is ceil(1.25 x 4 / 3) = 2.
TEST_F(three_nodes, pass_a_client_on_when_the_one_that_it_wants_is_full) {
  bounded_hashing by;
  const node_number wanted = *by.choose(50, nodes, start);
  for (client_number who = 1; who <= 3; ++who) nodes.connect(who, wanted);
  EXPECT_NE(by.choose(50, nodes, start), wanted);
  nodes.leave(1);
  nodes.leave(2);
  // One there: ceil(1.25 x 2 / 3) = 1.
  EXPECT_NE(by.choose(50, nodes, start), wanted);
  nodes.leave(3);
  EXPECT_EQ(by.choose(50, nodes, start), wanted);
}

TEST_F(three_nodes, take_clients_as_the_production_core_says) {
  own_placer by(1);
  directory::placement core{directory::placement_options()};
  ages written;
  nodes.connect(0, 0);
  nodes.work(factors{}, written);
  by.see(nodes, start);
  core.see(nodes.members(), start);
  for (client_number who = 1; who < all.size(); ++who) {
    const auto choice = core.choose(all[who].id, start);
    ASSERT_TRUE(choice);
    EXPECT_EQ(place(by, who), fleet::number_of(choice->node));
    core.placed(choice->node, start);
  }
}

TEST_F(three_nodes, of_which_one_has_no_weight_leave_it_alone) {
  own_placer by(2);
  by.see(nodes, start);
  by.set_weight(1, 0);
  for (client_number who = 0; who < all.size(); ++who) EXPECT_NE(place(by, who), 1u);
}

TEST(placers, have_no_answer_without_a_node) {
  const std::vector<client> all = {{.id = "c", .rate = 1}};
  const fleet none({}, all);
  for (const placing each :
       {placing::blotter, placing::round_robin, placing::least_connections, placing::bounded_hashing}) {
    const auto by = make_placer(each, 2);
    by->see(none, start);
    EXPECT_FALSE(by->choose(0, none, start));
  }
}

}  // namespace
}  // namespace blotter::scenario
