#include "serve/placement_desk.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "directory/rendezvous.hpp"
#include "directory/scripted_placements.hpp"

namespace blotter::serve {
namespace {

using directory::member_id;

member_id named(std::string_view text) {
  return member_id::parse(text).value();
}

/// Two cores without threads: the test runs what waits at each.
struct placements_at_a_desk : testing::Test {
  placements_at_a_desk() {
    keeper.use(map);
    for (std::size_t core = 0; core < 2; ++core)
      desk.add([this, core](std::span<const gateway_core::word> words, bool doubtful) {
        heard[core].push_back({{words.begin(), words.end()}, doubtful});
      });
    while (directory::core_of(client, 2) != 1) client += "c";
  }
  void run(unsigned core) {
    cores[core].loop().poll();
    cores[core].loop().restart();
  }
  void run_all() {
    for (int i = 0; i < 10; ++i) {
      run(0);
      map.tick({});
      run(1);
    }
  }
  void change(std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) keeper.placement_written(client, std::nullopt);
  }

  struct hearing {
    std::vector<gateway_core::word> all;
    bool doubtful;
  };
  std::string client = "c";  ///< of the second core
  net::core_set cores{2};
  directory::placement_keeper keeper{{.proposals_max = 2}};
  directory::scripted_placements map{keeper};
  placement_desk desk{cores, keeper};
  std::vector<hearing> heard[2];
};

TEST_F(placements_at_a_desk, are_proposed_on_the_first_core_and_answered_on_the_clients) {
  desk.propose({client, named("n1"), std::nullopt});
  EXPECT_EQ(keeper.figures().proposals, 0u) << "on its own core";
  run_all();
  ASSERT_FALSE(heard[1].empty());
  EXPECT_TRUE(heard[0].empty());
  const gateway_core::word& first = heard[1][0].all.at(0);
  EXPECT_EQ(first.client, client);
  EXPECT_EQ(first.node, named("n1"));
  EXPECT_EQ(first.is, gateway_core::word::kind::answer);
  EXPECT_FALSE(heard[1][0].doubtful);
}

TEST_F(placements_at_a_desk, are_answered_even_when_too_many_are_asked_for) {
  for (int i = 0; i < 3; ++i) desk.propose({client, named("n1"), std::nullopt});
  run(0);
  run(1);
  ASSERT_EQ(heard[1].size(), 1u);
  ASSERT_EQ(heard[1][0].all.size(), 1u) << "the third; the others wait for the map";
  EXPECT_EQ(heard[1][0].all[0].node, std::nullopt);
}

TEST_F(placements_at_a_desk, that_change_while_a_core_is_busy_wait_for_it_and_no_longer_than_a_limit) {
  change(1);
  run(0);
  change(placement_desk::changes_max + 7);
  keeper.placement_written(client, directory::placement_json(named("n1")));
  run(0);
  run(1);
  ASSERT_EQ(heard[1].size(), 1u) << "the rest waits until the core has had the first";
  run_all();
  ASSERT_EQ(heard[1].size(), 2u);
  EXPECT_EQ(heard[1][1].all.size(), placement_desk::changes_max);
  EXPECT_TRUE(heard[1][1].doubtful) << "it missed some";
  change(1);
  run_all();
  ASSERT_EQ(heard[1].size(), 3u) << "and all is as before";
  EXPECT_EQ(heard[1][2].all.size(), 1u);
  EXPECT_FALSE(heard[1][2].doubtful);
}

TEST_F(placements_at_a_desk, that_are_in_doubt_are_so_on_every_core) {
  keeper.placements_shaken();
  run_all();
  for (const auto& core : heard) {
    ASSERT_EQ(core.size(), 1u);
    EXPECT_TRUE(core[0].doubtful);
    EXPECT_TRUE(core[0].all.empty());
  }
}

}  // namespace
}  // namespace blotter::serve
