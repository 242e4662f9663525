#include <gtest/gtest.h>

#include "gateway/scripted_nodes.hpp"

namespace blotter::gateway {
namespace {

struct window : testing::Test, scripted_nodes {
  window() { add_node("n1"); }
  /// Whole events of so many bytes.
  static std::string events(std::size_t size) { return ":" + std::string(size - 3, '.') + "\n\n"; }
  std::uint64_t taken(const std::string& client) const { return streams.at(stream_of(client)).taken; }
  /// The viewer's connection takes what was kept, in one go.
  void drain(viewer_id who) {
    const std::size_t kept = std::exchange(shown[who].kept, 0);
    core.taken(who, kept, now);
    settle();
  }
};

TEST_F(window, moves_on_when_a_quarter_of_it_was_taken) {
  open("c1");
  says(stream_of("c1"), events(8191));
  EXPECT_EQ(taken("c1"), 0u);
  says(stream_of("c1"), events(4));
  EXPECT_EQ(taken("c1"), 8195u);
}

TEST_F(window, does_not_move_for_a_viewer_that_takes_nothing_and_does_for_the_other) {
  const viewer_id stuck = open("c1");
  const link::stream_id of_stuck = stream_of("c1");
  const viewer_id reads = open("c1");
  const link::stream_id of_other = stream_of("c1");
  shown[stuck].takes = 100;
  for (int i = 0; i < 3; ++i) {
    says(of_stuck, events(10'000));
    says(of_other, events(10'000));
  }
  EXPECT_EQ(streams.at(of_stuck).taken, 0u);
  EXPECT_EQ(streams.at(of_other).taken, 30'000u);
  EXPECT_EQ(shown[reads].text.size(), 30'000u);
  drain(stuck);
  EXPECT_EQ(streams.at(of_stuck).taken, 30'000u);
}

TEST_F(window, counts_no_more_than_what_was_taken_though_our_own_words_lie_between) {
  const viewer_id viewer = open_live("c1", "1a");
  shown[viewer].takes = 0;
  nodes.at("n1").echoes = false;
  pass(std::chrono::seconds(2));  // told that it may be behind
  const std::size_t own = shown[viewer].kept;
  ASSERT_GT(own, 0u);
  says(stream_of("c1"), events(9000));
  shown[viewer].kept -= own;
  core.taken(viewer, own, now);
  core.received_all(now);
  EXPECT_LT(taken("c1"), 9000u);
  drain(viewer);
  EXPECT_GE(taken("c1"), 9000u);
}

TEST_F(window, of_a_new_stream_begins_at_its_start) {
  add_node("n2");
  const viewer_id viewer = open_live("c1", "1a");
  shown[viewer].takes = 0;
  says(stream_of("c1"), events(20'000));
  lose(node_of("c1"));
  says(stream_of("c1"), events(10'000));
  EXPECT_EQ(taken("c1"), 0u);
  shown[viewer].kept -= 20'000;
  core.taken(viewer, 20'000, now);
  core.received_all(now);
  EXPECT_EQ(taken("c1"), 0u);
  drain(viewer);
  EXPECT_EQ(taken("c1"), 10'000u);
}

}  // namespace
}  // namespace blotter::gateway
