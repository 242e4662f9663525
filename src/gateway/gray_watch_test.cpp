#include "gateway/gray_watch.hpp"

#include <gtest/gtest.h>

namespace blotter::gateway {
namespace {

using by = gray_watch::observer;

constexpr node_number slow{1};

/// Nodes whose echoes take so many milliseconds, heard four times a second.
struct slowness : testing::Test {
  slowness() { watch.tick(now); }
  void pass(milliseconds time) {
    for (const instant end = now + time; now < end;) {
      now += milliseconds(250);
      for (const auto& [node, ms] : echo) watch.note(node_number{node}, 0, by::echo, milliseconds(ms));
      for (const auto& [node, ms] : first)
        watch.note(node_number{node}, 0, by::first_event, milliseconds(ms));
      for (const auto& [node, ms] : flush) watch.note(node_number{node}, 0, by::flush, milliseconds(ms));
      watch.tick(now);
    }
  }
  void peers(std::uint32_t count, int ms = 2) {
    for (std::uint32_t node = 1; node <= count; ++node) echo[node] = first[node] = flush[node] = ms;
  }

  instant now{std::chrono::hours(1)};
  std::map<std::uint32_t, int> echo;
  std::map<std::uint32_t, int> first;
  std::map<std::uint32_t, int> flush;
  gray_watch watch;
};

TEST_F(slowness, of_a_node_is_noticed_within_five_seconds_when_two_agree) {
  peers(4);
  pass(std::chrono::seconds(10));
  echo[1] = first[1] = 30;
  pass(milliseconds(2'500));
  EXPECT_FALSE(watch.is_gray(slow));
  pass(milliseconds(2'500));
  EXPECT_TRUE(watch.is_gray(slow));
  EXPECT_EQ(watch.echo(slow), milliseconds(30));
}

TEST_F(slowness, that_only_one_has_seen_is_not_enough_unless_it_is_great) {
  peers(4, 10);
  echo[1] = 40;
  pass(std::chrono::seconds(20));
  EXPECT_FALSE(watch.is_gray(slow));
  echo[1] = 70;
  pass(std::chrono::seconds(5));
  EXPECT_TRUE(watch.is_gray(slow));
}

TEST_F(slowness, that_is_very_great_is_believed_at_once) {
  peers(4);
  echo[1] = 400;
  pass(milliseconds(1'250));
  EXPECT_TRUE(watch.is_gray(slow));
}

TEST_F(slowness, in_a_nodes_own_words_alone_counts_for_nothing) {
  peers(4);
  flush[1] = 900;
  pass(std::chrono::seconds(20));
  EXPECT_FALSE(watch.is_gray(slow));
  echo[1] = 30;
  first.clear();
  pass(std::chrono::seconds(5));
  EXPECT_TRUE(watch.is_gray(slow)) << "another agrees";
}

TEST_F(slowness, is_not_outvoted_by_the_nodes_own_word) {
  peers(4);
  echo[1] = first[1] = 60;
  flush[1] = 1;
  pass(std::chrono::seconds(5));
  EXPECT_TRUE(watch.is_gray(slow));
}

TEST_F(slowness, of_one_core_is_the_nodes) {
  peers(4);
  for (int i = 0; i < 20; ++i) {
    now += milliseconds(250);
    for (std::uint32_t node = 1; node <= 4; ++node)
      for (std::uint32_t core = 0; core < 8; ++core)
        watch.note(node_number{node}, core, by::echo, milliseconds(node == 1 && core == 5 ? 80 : 2));
    watch.tick(now);
  }
  EXPECT_TRUE(watch.is_gray(slow));
}

TEST_F(slowness, of_few_milliseconds_is_none) {
  peers(4, 1);
  echo[1] = first[1] = 15;
  pass(std::chrono::seconds(20));
  EXPECT_FALSE(watch.is_gray(slow));
}

TEST_F(slowness, relieves_one_in_five_at_most_and_the_worst_of_them) {
  peers(7);
  echo[1] = first[1] = 60;
  echo[2] = first[2] = 90;
  echo[3] = first[3] = 70;
  pass(std::chrono::seconds(10));
  EXPECT_FALSE(watch.is_gray(node_number{1}));
  EXPECT_TRUE(watch.is_gray(node_number{2}));
  EXPECT_FALSE(watch.is_gray(node_number{3}));
}

TEST_F(slowness, of_one_of_two_nodes_relieves_none) {
  peers(2);
  echo[1] = first[1] = 900;
  pass(std::chrono::seconds(20));
  EXPECT_FALSE(watch.is_gray(slow));
}

TEST_F(slowness, of_most_nodes_is_the_measurings) {
  peers(5);
  echo[3] = first[3] = 2;
  for (const std::uint32_t node : {1u, 2u, 3u}) {
    echo[node] = first[node] = 900;
  }
  pass(std::chrono::seconds(20));
  for (std::uint32_t node = 1; node <= 5; ++node) EXPECT_FALSE(watch.is_gray(node_number{node}));
}

TEST_F(slowness, is_over_when_it_was_not_seen_for_a_while) {
  peers(4);
  echo[1] = first[1] = 60;
  pass(std::chrono::seconds(6));
  ASSERT_TRUE(watch.is_gray(slow));
  echo[1] = first[1] = 2;
  pass(std::chrono::seconds(6));
  EXPECT_TRUE(watch.is_gray(slow));
  pass(std::chrono::seconds(6));
  EXPECT_FALSE(watch.is_gray(slow));
}

TEST_F(slowness, of_everybody_is_nobodys) {
  peers(5);
  pass(std::chrono::seconds(6));
  for (auto& [node, ms] : echo) ms = 300;
  for (auto& [node, ms] : first) ms = 300;
  pass(std::chrono::seconds(10));
  for (std::uint32_t node = 1; node <= 5; ++node) EXPECT_FALSE(watch.is_gray(node_number{node}));
}

}  // namespace
}  // namespace blotter::gateway
