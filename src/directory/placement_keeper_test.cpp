#include "directory/placement_keeper.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "directory/scripted_placements.hpp"

namespace blotter::directory {
namespace {

using namespace std::chrono_literals;

member_id named(std::string_view text) {
  return member_id::parse(text).value();
}

/// A gateway: keeps what it was answered and told.
struct proposer final : placement_listener {
  void placement_answered(std::string_view client, std::optional<member_id> node) override {
    answers[std::string(client)].push_back(node ? node->text() : "nobody knows");
  }
  void placement_changed(std::string_view client, const std::optional<member_id>& node) override {
    changes.emplace_back(client, node ? node->text() : "nobody");
  }
  void placements_doubtful() override { ++doubts; }

  std::map<std::string, std::vector<std::string>> answers;
  std::vector<std::pair<std::string, std::string>> changes;
  int doubts = 0;
};

struct own_map : testing::Test {
  own_map() {
    keeper.use(map);
    keeper.tell(&gateway);
  }
  std::string propose(const std::string& node, std::optional<std::string> instead_of = {}) {
    std::optional<member_id> old;
    if (instead_of) old = named(*instead_of);
    EXPECT_TRUE(keeper.propose("c1", named(node), old, now));
    while (keeper.under_way() > 0) map.tick(now);
    return gateway.answers["c1"].back();
  }

  instant now{1h};
  proposer gateway;
  placement_keeper keeper{{}};
  scripted_placements map{keeper};
};

TEST_F(own_map, gives_a_client_to_who_proposes_first) {
  EXPECT_EQ(propose("n1"), "n1");
  EXPECT_EQ(propose("n2"), "n1");
  EXPECT_EQ(propose("n1"), "n1");
  EXPECT_EQ(keeper.figures().won, 1u);
  EXPECT_EQ(gateway.changes, (std::vector<std::pair<std::string, std::string>>{{"c1", "n1"}}));
}

TEST_F(own_map, replaces_a_node_only_by_its_name) {
  EXPECT_EQ(propose("n1"), "n1");
  EXPECT_EQ(propose("n3", "n2"), "n1");
  EXPECT_EQ(propose("n3", "n1"), "n3");
  EXPECT_EQ(propose("n4", "n1"), "n3") << "the loser takes the winner's";
  EXPECT_EQ(keeper.figures().replaced, 1u);
}

TEST_F(own_map, forgets_a_client_that_nobody_proposed_for_ten_minutes) {
  EXPECT_EQ(propose("n1"), "n1");
  now += 9min;
  EXPECT_EQ(propose("n2"), "n1");
  now += 9min;
  EXPECT_EQ(propose("n3"), "n1") << "whoever asks makes it live on";
  now += 10min;
  map.tick(now);
  EXPECT_EQ(map.size(), 0u);
  EXPECT_EQ(gateway.changes.back(), (std::pair<std::string, std::string>{"c1", "nobody"}));
  EXPECT_EQ(propose("n3"), "n3");
}

TEST_F(own_map, lives_no_longer_for_having_been_replaced) {
  EXPECT_EQ(propose("n1"), "n1");
  EXPECT_EQ(propose("n2", "n1"), "n2");
  now += 10min;
  map.tick(now);
  EXPECT_EQ(map.size(), 0u);
}

/// A map that the test answers.
struct asked final : placement_map {
  struct call {
    enum class kind { put, replace, life } of;
    map_call which;
    std::string before;
    std::string record;
  };
  bool put_if_absent(map_call which, const std::string&, const std::string& record, milliseconds life,
                     instant) override {
    if (takes) calls.push_back({call::kind::put, which, "", record});
    EXPECT_EQ(life, 10min);
    return takes;
  }
  bool replace_if_same(map_call which, const std::string&, const std::string& before,
                       const std::string& record, instant) override {
    if (takes) calls.push_back({call::kind::replace, which, before, record});
    return takes;
  }
  bool set_life(map_call which, const std::string&, milliseconds, instant) override {
    if (takes) calls.push_back({call::kind::life, which, "", ""});
    return takes;
  }
  bool takes = true;
  std::vector<call> calls;
};

struct keeper_of_placements : testing::Test {
  keeper_of_placements() {
    keeper.use(map);
    keeper.tell(&gateway);
  }
  bool propose(std::string_view node, std::optional<member_id> instead_of = {}) {
    return keeper.propose("c1", named(node), instead_of, now);
  }
  void expect(asked::call::kind of) {
    ASSERT_FALSE(map.calls.empty());
    EXPECT_EQ(map.calls.back().of, of);
  }
  map_call last() const { return map.calls.back().which; }
  std::vector<std::string> answers() { return gateway.answers["c1"]; }

  instant now{1h};
  asked map;
  proposer gateway;
  placement_keeper keeper{{.proposals_max = 2}};
};

TEST_F(keeper_of_placements, replaces_what_stood_there_byte_for_byte) {
  ASSERT_TRUE(propose("n2", named("n1")));
  keeper.put_answered(last(), "{ \"by\":\"hand\", \"node\" : \"n1\" }", now);
  expect(asked::call::kind::replace);
  EXPECT_EQ(map.calls.back().before, "{ \"by\":\"hand\", \"node\" : \"n1\" }");
  EXPECT_EQ(map.calls.back().record, "{\"node\":\"n2\"}");
  keeper.replace_answered(last(), true, now);
  expect(asked::call::kind::life);
  EXPECT_TRUE(answers().empty());
  keeper.life_answered(last(), now);
  EXPECT_EQ(answers(), std::vector<std::string>{"n2"});
}

TEST_F(keeper_of_placements, asks_who_it_is_when_another_was_faster) {
  ASSERT_TRUE(propose("n2", named("n1")));
  keeper.put_answered(last(), placement_json(named("n1")), now);
  keeper.replace_answered(last(), false, now);
  expect(asked::call::kind::put);
  keeper.put_answered(last(), placement_json(named("n1")), now);
  expect(asked::call::kind::life);
  keeper.life_answered(last(), now);
  EXPECT_EQ(answers(), std::vector<std::string>{"n1"}) << "tried once, and no more";
}

TEST_F(keeper_of_placements, writes_over_what_names_nobody_once) {
  ASSERT_TRUE(propose("n2"));
  keeper.put_answered(last(), "{\"node\":\"no such name!\"}", now);
  expect(asked::call::kind::replace);
  keeper.replace_answered(last(), false, now);
  keeper.put_answered(last(), "rubbish", now);
  EXPECT_EQ(answers(), std::vector<std::string>{"nobody knows"});
  EXPECT_EQ(keeper.figures().unreadable, 1u);
}

TEST_F(keeper_of_placements, carries_nothing_back_that_is_too_long_to_be_an_entry) {
  ASSERT_TRUE(propose("n2"));
  keeper.put_answered(last(), std::string(placement_size_max + 1, 'x'), now);
  EXPECT_EQ(answers(), std::vector<std::string>{"nobody knows"});
  EXPECT_EQ(map.calls.size(), 1u);
}

TEST_F(keeper_of_placements, knows_no_more_than_what_it_was_told_before_a_call_failed) {
  ASSERT_TRUE(propose("n2"));
  keeper.placement_call_failed(last(), now);
  ASSERT_TRUE(propose("n2", named("n1")));
  keeper.put_answered(last(), placement_json(named("n1")), now);
  keeper.placement_call_failed(last(), now);
  ASSERT_TRUE(propose("n2"));
  keeper.put_answered(last(), placement_json(named("n1")), now);
  keeper.placement_call_failed(last(), now);
  EXPECT_EQ(answers(), (std::vector<std::string>{"nobody knows", "nobody knows", "n1"}));
  EXPECT_EQ(keeper.figures().failed, 3u);
}

TEST_F(keeper_of_placements, answers_once_whatever_comes_late_or_twice) {
  ASSERT_TRUE(propose("n2"));
  const map_call call = last();
  keeper.put_answered(call, std::nullopt, now);
  keeper.put_answered(call, placement_json(named("n1")), now);
  keeper.replace_answered(call, true, now);
  keeper.life_answered(call, now);
  keeper.placement_call_failed(call, now);
  EXPECT_EQ(answers(), std::vector<std::string>{"n2"});
  EXPECT_EQ(keeper.under_way(), 0u);
}

TEST_F(keeper_of_placements, refuses_when_too_much_is_under_way_or_nobody_is_asked) {
  EXPECT_TRUE(propose("n1"));
  EXPECT_TRUE(propose("n1"));
  EXPECT_FALSE(propose("n1"));
  EXPECT_EQ(map.calls.size(), 2u);
  map.takes = false;
  keeper.put_answered(last(), placement_json(named("n3")), now);
  EXPECT_EQ(answers(), std::vector<std::string>{"n3"}) << "though it could not be made to live on";
  EXPECT_FALSE(propose("n1"));
  EXPECT_EQ(keeper.figures().refused, 2u);
  EXPECT_EQ(keeper.under_way(), 1u);
}

TEST_F(keeper_of_placements, says_that_nobody_knows_when_it_can_ask_no_further) {
  ASSERT_TRUE(propose("n2", named("n1")));
  map.takes = false;
  keeper.put_answered(last(), placement_json(named("n1")), now);
  EXPECT_EQ(answers(), std::vector<std::string>{"nobody knows"}) << "it is to be replaced, and was not";
  map.takes = true;
  ASSERT_TRUE(propose("n2", named("n1")));
  keeper.put_answered(last(), placement_json(named("n1")), now);
  map.takes = false;
  keeper.replace_answered(last(), false, now);
  EXPECT_EQ(answers(), (std::vector<std::string>{"nobody knows", "nobody knows"}));
  EXPECT_EQ(keeper.under_way(), 0u);
}

TEST_F(keeper_of_placements, passes_on_what_changes) {
  keeper.placement_written("c2", placement_json(named("n7")));
  keeper.placement_written("c2", "rubbish");
  keeper.placement_written("c3", std::nullopt);
  keeper.placements_shaken();
  using change = std::pair<std::string, std::string>;
  EXPECT_EQ(gateway.changes, (std::vector<change>{{"c2", "n7"}, {"c2", "nobody"}, {"c3", "nobody"}}));
  EXPECT_EQ(gateway.doubts, 1);
}

TEST(placement_text, reads_what_it_writes_and_nothing_else) {
  EXPECT_EQ(placement_json(named("n-1.2_3")), "{\"node\":\"n-1.2_3\"}");
  EXPECT_EQ(read_placement("{\"node\":\"n1\",\"more\":[1,{}]}"), named("n1"));
  for (const std::string bad : {"", "n1", "\"n1\"", "{}", "{\"node\":7}", "{\"node\":\"\"}",
                                "{\"node\":\"a b\"}", "[\"n1\"]", "{\"node\":\"n1\"", "{\"node\":null}"})
    EXPECT_EQ(read_placement(bad), std::nullopt) << bad;
  const std::string deep = std::string(500, '[') + std::string(500, ']');
  EXPECT_EQ(read_placement("{\"x\":" + deep + ",\"node\":\"n1\"}"), named("n1"));
  EXPECT_EQ(read_placement("{\"node\":\"n1\",\"x\":\"" + std::string(2'000, 'x') + "\"}"), std::nullopt);
}

}  // namespace
}  // namespace blotter::directory
