#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "directory/placement_keeper.hpp"
#include "directory/scripted_placements.hpp"
#include "gateway/scripted_nodes.hpp"

namespace blotter::gateway {
namespace {

using directory::member_id;

/// A gateway with a way to the directory of its own, which the test may cut, or take its words from.
struct gateway_of_several : scripted_nodes, directory::placement_listener {
  using scripted_nodes::scripted_nodes;

  void placement_answered(std::string_view client, std::optional<member_id> node) override {
    core.proposed(client, node, now);
  }
  void placement_changed(std::string_view client, const std::optional<member_id>& node) override {
    if (hears) core.placement_changed(client, node);
  }
  void placements_doubtful() override { core.placements_doubtful(); }

  void ask(directory::placement_keeper& keeper) {
    for (const proposal& each : std::exchange(proposals, {})) {
      asked.push_back(each);
      std::optional<member_id> old;
      if (!each.instead_of.empty()) old = member_id::parse(each.instead_of).value();
      if (!keeper.propose(each.client, member_id::parse(each.node).value(), old, now))
        core.proposed(each.client, std::nullopt, now);
    }
  }
  std::set<std::string> nodes_of(const std::string& client) const {
    std::set<std::string> all;
    for (const auto& [id, each] : streams)
      if (each.open && each.client == client) all.insert(node_of(each.link));
    return all;
  }
  std::size_t moves() const { return core.counters().reroutes[static_cast<std::size_t>(cause::hint)]; }

  bool hears = true;
  std::vector<proposal> asked;
};

gateway_options quick() {
  gateway_options mine;
  mine.move_rest = milliseconds(500);
  return mine;
}

/// Two gateways, three nodes, and one map of placements.
struct agreeing : testing::Test {
  agreeing() {
    for (const std::string name : {"n1", "n2", "n3"}) {
      one.add_node(name);
      two.add_node(name);
    }
    first.use(map);
    first.tell(&one);
    second.use(map);
    second.tell(&two);
    one.core.set_directory(true);
    two.core.set_directory(true);
  }

  /// The map has one user, and its calls are numbered by two.
  struct shared final : directory::placement_map {
    explicit shared(agreeing& of) : of_(of) {}
    bool put_if_absent(directory::map_call which, const std::string& client, const std::string& record,
                       milliseconds life, instant now) override {
      return own.put_if_absent(which, client, record, life, now);
    }
    bool replace_if_same(directory::map_call which, const std::string& client, const std::string& before,
                         const std::string& record, instant now) override {
      return own.replace_if_same(which, client, before, record, now);
    }
    bool set_life(directory::map_call which, const std::string& client, milliseconds life,
                  instant now) override {
      return own.set_life(which, client, life, now);
    }
    struct user final : directory::placement_map_user {
      explicit user(agreeing& of) : of_(of) {}
      void put_answered(directory::map_call which, std::optional<std::string_view> before,
                        instant now) override {
        of_.asker->put_answered(which, before, now);
      }
      void replace_answered(directory::map_call which, bool replaced, instant now) override {
        of_.asker->replace_answered(which, replaced, now);
      }
      void life_answered(directory::map_call which, instant now) override {
        of_.asker->life_answered(which, now);
      }
      void placement_call_failed(directory::map_call, instant) override {}
      void placement_written(std::string_view client, std::optional<std::string_view> record) override {
        of_.first.placement_written(client, record);
        of_.second.placement_written(client, record);
      }
      void placements_shaken() override {}
      agreeing& of_;
    };
    agreeing& of_;
    user hearer{of_};
    directory::scripted_placements own{hearer};
  };

  /// Whatever one gateway asks is answered before the other asks.
  void exchange_words(gateway_of_several& by, directory::placement_keeper& keeper) {
    if (away) return;
    by.ask(keeper);
    asker = &keeper;
    for (int i = 0; i < 20; ++i) map.own.tick(by.now);
  }
  void pass(milliseconds time) {
    for (const instant end = one.now + time; one.now < end;) {
      for (gateway_of_several* each : {&one, &two}) {
        each->pass(milliseconds(50));
        each->serve_all("1a");
        exchange_words(*each, each == &one ? first : second);
      }
    }
  }
  void leave(gateway_of_several& to, const std::string& name) {
    to.nodes.at(name).member.stage = directory::stage::draining;
    to.see();
  }
  void reach(bool yes) {
    away = !yes;
    one.core.set_directory(yes);
    two.core.set_directory(yes);
  }
  /// A client that the two gateways have on different nodes, as long as they do not hear of each other.
  void open_apart() {
    reach(false);
    two.lose("n1");
    two.lose("n2");
    two.open_live("c1", "1a");
    ASSERT_EQ(two.node_of("c1"), "n3");
    two.link("n1");
    two.link("n2");
    one.lose("n2");
    one.lose("n3");
    one.open_live("c1", "1a");
    ASSERT_EQ(one.node_of("c1"), "n1");
    one.link("n2");
    one.link("n3");
    pass(std::chrono::seconds(60));  // until nobody holds them down
    ASSERT_EQ(one.node_of("c1"), "n1");
    ASSERT_EQ(two.node_of("c1"), "n3");
  }

  gateway_of_several one{quick()};
  gateway_of_several two{quick()};
  directory::placement_keeper first{{}};
  directory::placement_keeper second{{}};
  directory::placement_keeper* asker = &first;
  shared map{*this};
  bool away = false;
};

TEST_F(agreeing, opens_at_once_and_then_goes_where_the_client_is) {
  open_apart();
  reach(true);
  pass(std::chrono::seconds(2));
  EXPECT_EQ(one.nodes_of("c1"), std::set<std::string>{"n1"}) << "it asked first";
  EXPECT_EQ(two.nodes_of("c1"), std::set<std::string>{"n1"});
  EXPECT_EQ(one.moves(), 0u);
  EXPECT_EQ(two.moves(), 1u);
  EXPECT_EQ(two.core.counters().proposals_lost, 1u);
  for (const auto& [id, each] : two.shown)
    EXPECT_EQ(each.text.find("event: status"), std::string::npos) << "and its viewer sees nothing of it";
}

TEST_F(agreeing, serves_on_as_it_is_while_there_is_no_directory) {
  reach(false);
  one.open_live("c1", "1a");
  pass(std::chrono::seconds(1));
  EXPECT_FALSE(one.node_of("c1").empty());
  EXPECT_TRUE(one.proposals.empty());
  reach(true);
  pass(milliseconds(200));
  EXPECT_EQ(one.asked.size(), 1u);
}

TEST_F(agreeing, proposes_a_client_once_and_then_now_and_again) {
  one.open_live("c1", "1a");
  pass(milliseconds(500));
  EXPECT_EQ(one.asked.size(), 1u);
  pass(gateway_options().propose_again * 4);
  EXPECT_NEAR(static_cast<double>(one.asked.size()), 5, 1.1);
  EXPECT_EQ(one.core.counters().proposals_lost, 0u);
}

TEST_F(agreeing, finds_out_what_it_was_not_told) {
  open_apart();
  two.hears = one.hears = false;
  reach(true);
  pass(gateway_options().propose_again + std::chrono::seconds(3));
  EXPECT_EQ(one.nodes_of("c1"), two.nodes_of("c1"));
}

TEST_F(agreeing, both_leave_a_node_that_drains_for_the_same_one) {
  one.open_live("c1", "1a");
  two.open_live("c1", "1a");
  pass(std::chrono::seconds(1));
  const std::string home = one.node_of("c1");
  leave(one, home);
  pass(std::chrono::seconds(1));
  EXPECT_EQ(one.nodes_of("c1"), two.nodes_of("c1")) << "also who was not told of it yet";
  EXPECT_FALSE(one.nodes_of("c1").contains(home));
  leave(two, home);
  pass(std::chrono::seconds(2));
  EXPECT_EQ(one.nodes_of("c1"), two.nodes_of("c1"));
  EXPECT_FALSE(one.nodes_of("c1").contains(home));
}

TEST_F(agreeing, leaves_a_node_for_itself_alone_that_it_alone_cannot_hear) {
  one.open_live("c1", "1a");
  two.open_live("c1", "1a");
  pass(std::chrono::seconds(1));
  const std::string home = one.node_of("c1");
  two.lose(home);
  pass(std::chrono::seconds(60));
  EXPECT_EQ(one.node_of("c1"), home) << "nobody else is drawn into it";
  EXPECT_NE(two.node_of("c1"), home);
  EXPECT_FALSE(two.node_of("c1").empty());
  EXPECT_EQ(two.core.counters().proposals_replacing, 0u);
  const std::size_t asked = two.asked.size();
  EXPECT_LT(asked, 5u) << "and does not ask all the time";
  two.link(home);
  pass(std::chrono::seconds(60));
  EXPECT_EQ(two.nodes_of("c1"), std::set<std::string>{home}) << "it ends with the suspicion";
  EXPECT_EQ(one.moves(), 0u);
}

TEST_F(agreeing, replaces_a_node_that_is_no_member_any_more) {
  one.open_live("c1", "1a");
  two.open_live("c1", "1a");
  pass(std::chrono::seconds(1));
  const std::string home = one.node_of("c1");
  for (gateway_of_several* each : {&one, &two}) {
    each->lose(home);
    each->nodes.erase(home);
    each->see();
  }
  pass(std::chrono::seconds(6));
  EXPECT_EQ(one.nodes_of("c1"), two.nodes_of("c1"));
  EXPECT_EQ(first.figures().replaced + second.figures().replaced, 1u);
  EXPECT_GE(one.core.counters().proposals_replacing, 1u);
}

TEST_F(agreeing, waits_with_a_node_that_it_does_not_know_yet) {
  reach(true);
  one.add_node("n4");
  for (const std::string name : {"n1", "n2", "n3"}) one.lose(name);
  one.open_live("c1", "1a");
  pass(milliseconds(200));
  ASSERT_EQ(one.node_of("c1"), "n4");
  two.open_live("c1", "1a");
  pass(std::chrono::seconds(1));
  EXPECT_NE(two.node_of("c1"), "n4") << "opened at once all the same";
  two.add_node("n4");
  pass(std::chrono::seconds(3));
  EXPECT_EQ(two.nodes_of("c1"), std::set<std::string>{"n4"});
  EXPECT_EQ(two.core.counters().proposals_replacing, 0u);
}

TEST_F(agreeing, names_the_same_place_at_both) {
  for (int i = 0; i < 20; ++i) {
    const std::string client = "c" + std::to_string(i);
    const auto here = one.core.place(client, one.now);
    pass(milliseconds(100));
    EXPECT_TRUE(two.core.place(client, two.now).has_value());
    pass(milliseconds(100));
    EXPECT_EQ(one.core.place(client, one.now), two.core.place(client, two.now));
    EXPECT_EQ(one.core.place(client, one.now), here);
  }
}

/// One gateway, and a directory that the test plays.
struct told : testing::Test, scripted_nodes {
  explicit told(gateway_options options = quick()) : scripted_nodes(options) {
    for (const std::string name : {"n1", "n2", "n3", "n4", "n5"}) add_node(name);
    core.set_directory(true);
  }
  void names(const std::string& client, const std::string& holder) {
    core.proposed(client, member_id::parse(holder).value(), now);
    settle();
  }
  std::string other(const std::string& than) const {
    for (const auto& [name, each] : nodes)
      if (name != than) return name;
    return "";
  }
};

TEST_F(told, asks_once_at_a_time_and_again_after_a_hint) {
  open_live("c1", "1a");
  pass(milliseconds(100));
  ASSERT_EQ(proposals.size(), 1u);
  EXPECT_EQ(proposals[0].node, node_of("c1"));
  EXPECT_EQ(proposals[0].instead_of, "");
  core.placement_changed("c1", member_id::parse(node_of("c1")).value());
  pass(milliseconds(100));
  EXPECT_EQ(proposals.size(), 1u);
  names("c1", node_of("c1"));
  pass(milliseconds(100));
  EXPECT_EQ(proposals.size(), 1u) << "its own echo is no news";
  core.placement_changed("c1", member_id::parse(other(node_of("c1"))).value());
  core.placement_changed("c1", std::nullopt);
  pass(milliseconds(100));
  EXPECT_EQ(proposals.size(), 2u);
  EXPECT_EQ(open_on(other(node_of("c1"))), 0u) << "a hint moves nobody";
  core.placement_changed("c1", std::nullopt);
  names("c1", node_of("c1"));
  pass(milliseconds(100));
  EXPECT_EQ(proposals.size(), 3u) << "as that came after it had been asked";
  core.placement_changed("c2", std::nullopt);
  pass(milliseconds(100));
  EXPECT_EQ(proposals.size(), 3u) << "who is not here does not matter";
}

TEST_F(told, asks_again_when_nobody_knows) {
  open_live("c1", "1a");
  pass(milliseconds(100));
  core.proposed("c1", std::nullopt, now);
  pass(milliseconds(500));
  EXPECT_EQ(proposals.size(), 1u);
  pass(milliseconds(700));
  EXPECT_EQ(proposals.size(), 2u);
  EXPECT_EQ(core.counters().proposals_failed, 1u);
}

TEST_F(told, asks_again_when_it_is_not_told_of_a_change) {
  open_live("c1", "1a");
  pass(milliseconds(100));
  names("c1", node_of("c1"));
  core.placement_changed("c1", std::nullopt);
  pass(milliseconds(100));
  ASSERT_EQ(proposals.size(), 2u);
  core.proposed("c1", std::nullopt, now);
  pass(milliseconds(1'200));
  EXPECT_EQ(proposals.size(), 3u);
}

TEST_F(told, asks_for_all_again_when_it_may_have_missed_something) {
  for (int i = 0; i < 10; ++i) open_live("c" + std::to_string(i), "1a");
  const auto answer_all = [this] {
    pass(milliseconds(200));
    const std::size_t asked = proposals.size();
    for (const proposal& each : std::exchange(proposals, {})) names(each.client, each.node);
    return asked;
  };
  EXPECT_EQ(answer_all(), 10u);
  EXPECT_EQ(answer_all(), 0u);
  core.placements_doubtful();
  EXPECT_EQ(answer_all(), 10u);
  core.set_directory(true);
  EXPECT_EQ(answer_all(), 0u);
  core.set_directory(false);
  EXPECT_EQ(answer_all(), 0u);
  core.set_directory(true);
  EXPECT_EQ(answer_all(), 10u);
}

TEST_F(told, asks_for_a_client_as_soon_as_somebody_is_here_for_it) {
  core.ask_rows(request_id{1}, "c1", now);
  core.ask_rows(request_id{2}, "c2", now);
  pass(milliseconds(200));
  EXPECT_TRUE(proposals.empty()) << "who asks once needs no agreement";
  open("c1");
  EXPECT_TRUE(core.place("c2", now));
  pass(milliseconds(100));
  EXPECT_EQ(proposals.size(), 2u);
}

TEST_F(told, replaces_a_node_that_leaves_while_it_cannot_reach_it) {
  open_live("c1", "1a");
  const std::string home = node_of("c1");
  const std::string away = other(home);
  pass(milliseconds(100));
  lose(away);
  names("c1", away);
  pass(std::chrono::seconds(5));
  ASSERT_EQ(proposals.size(), 1u);
  nodes.at(away).member.stage = directory::stage::draining;
  see();
  pass(milliseconds(1'200));
  ASSERT_EQ(proposals.size(), 2u);
  names("c1", away);
  ASSERT_EQ(proposals.size(), 3u);
  EXPECT_EQ(proposals[2].instead_of, away);
}

TEST_F(told, tries_no_more_often_than_it_looks_to_replace_what_does_not_give_way) {
  open_live("c1", "1a");
  const std::string away = other(node_of("c1"));
  nodes.at(away).member.stage = directory::stage::draining;
  see();
  std::size_t asked = 0;
  std::size_t replacing = 0;
  for (int i = 0; i < 100; ++i) {
    for (const proposal& each : std::exchange(proposals, {})) {
      ++asked;
      replacing += each.instead_of.empty() ? 0 : 1;
      names("c1", away);
    }
    pass(milliseconds(50));
  }
  EXPECT_GE(replacing, 4u) << "in five seconds";
  EXPECT_LE(replacing, 6u);
  EXPECT_LE(asked, 12u);
}

struct told_and_brisk : told {
  static gateway_options brisk() {
    gateway_options mine = quick();
    mine.propose_again = std::chrono::seconds(1);
    return mine;
  }
  told_and_brisk() : told(brisk()) {}
};

TEST_F(told_and_brisk, proposes_all_within_their_time_though_less_than_one_is_due_at_a_look) {
  for (int i = 0; i < 16; ++i) open_live("c" + std::to_string(i), "1a");
  std::set<std::string> again;
  const auto answer_all = [&] {
    pass(milliseconds(50));
    for (const proposal& each : std::exchange(proposals, {})) {
      again.insert(each.client);
      names(each.client, each.node);
    }
  };
  for (int i = 0; i < 40; ++i) answer_all();
  again.clear();
  for (int i = 0; i < 22; ++i) answer_all();
  EXPECT_EQ(again.size(), 16u);
}

struct told_and_patient : told {
  static gateway_options patient() {
    gateway_options mine = quick();
    mine.look_again = std::chrono::hours(1);
    return mine;
  }
  told_and_patient() : told(patient()) {}
};

TEST_F(told_and_patient, brings_clients_that_lost_their_node_to_the_one_that_the_directory_names) {
  std::vector<std::string> clients;
  for (int i = 0; i < 20; ++i) open_live(clients.emplace_back("c" + std::to_string(i)), "1a");
  const std::string lost = node_of("c0");
  const std::string named = other(lost);
  std::erase_if(clients, [&](const std::string& each) { return node_of(each) != lost; });
  ASSERT_GE(clients.size(), 3u);
  lose(named);
  pass(milliseconds(100));
  for (const std::string& each : clients) names(each, named);
  link(named);
  pass(std::chrono::seconds(60));  // until nobody holds it down
  lose(lost);
  for (const std::string& each : clients) EXPECT_EQ(node_of(each), named);
}

TEST_F(told, takes_an_answer_for_a_client_that_has_gone) {
  const viewer_id who = open_live("c1", "1a");
  pass(milliseconds(100));
  core.closed(who, now);
  names("c1", "n1");
  EXPECT_EQ(core.clients(), 0u);
  open_live("c1", "1a");
  pass(milliseconds(100));
  EXPECT_EQ(proposals.size(), 2u);
}

TEST_F(told, replaces_a_node_that_leaves_with_its_own_choice) {
  open_live("c1", "1a");
  const std::string home = node_of("c1");
  const std::string away = other(home);
  nodes.at(away).member.stage = directory::stage::draining;
  see();
  pass(milliseconds(100));
  names("c1", away);
  ASSERT_EQ(proposals.size(), 2u);
  EXPECT_EQ(proposals[1].node, home);
  EXPECT_EQ(proposals[1].instead_of, away);
  names("c1", home);
  pass(milliseconds(3'000));
  EXPECT_EQ(proposals.size(), 2u);
  EXPECT_EQ(node_of("c1"), home);
}

TEST_F(told, leaves_clients_at_a_node_that_is_full_and_takes_new_ones_from_it_for_good) {
  open_live("c1", "1a");
  const std::string home = node_of("c1");
  pass(milliseconds(100));
  names("c1", home);
  const auto reports = [this, &home](directory::intake room) {
    ++nodes.at(home).member.load.number;
    nodes.at(home).member.load.room = room;
    see();
  };
  reports(directory::intake::full);
  core.placements_doubtful();
  pass(milliseconds(200));
  ASSERT_EQ(proposals.size(), 2u);
  EXPECT_EQ(proposals[1].node, home) << "to live on";
  names("c1", home);
  EXPECT_EQ(open_on(home), 1u);

  open_live("c1", "1a");
  pass(milliseconds(200));
  ASSERT_EQ(proposals.size(), 3u);
  const std::string next = proposals[2].node;
  EXPECT_NE(next, home);
  names("c1", home);
  ASSERT_EQ(proposals.size(), 4u);
  EXPECT_EQ((std::pair{proposals[3].node, proposals[3].instead_of}), (std::pair{next, home}));
  names("c1", next);
  reports(directory::intake::open);
  pass(std::chrono::seconds(5));
  EXPECT_EQ(node_of("c1"), next) << "and does not go back";
  EXPECT_EQ(proposals.size(), 4u);
}

TEST_F(told, does_not_replace_one_that_leaves_with_another_that_does) {
  for (auto& [name, each] : nodes) each.member.stage = directory::stage::draining;
  see();
  open_live("c1", "1a");
  const std::string home = node_of("c1");
  pass(milliseconds(100));
  for (int i = 0; i < 100; ++i) {
    pass(milliseconds(100));
    for (const proposal& each : std::exchange(proposals, {})) {
      EXPECT_EQ(each.instead_of, "");
      names("c1", other(home));
    }
  }
}

struct many : told {
  static gateway_options few() {
    gateway_options mine;
    mine.proposals_max = 10;
    mine.proposals_waiting_max = 20;
    mine.reopen_burst = 1'000;
    return mine;
  }
  many() : told(few()) {}
};

TEST_F(many, clients_at_once_cost_no_more_than_they_may) {
  for (int i = 0; i < 100; ++i) open("c" + std::to_string(i));
  pass(milliseconds(50));
  EXPECT_EQ(proposals.size(), 10u);
  EXPECT_EQ(core.counters().proposals_dropped, 70u);
  std::set<std::string> asked;
  for (int i = 0; i < 60; ++i) {
    for (const proposal& each : std::exchange(proposals, {})) {
      asked.insert(each.client);
      names(each.client, each.node);
    }
    pass(milliseconds(50));
  }
  EXPECT_EQ(asked.size(), 30u);
  for (int i = 0; i < 160; ++i) {
    for (const proposal& each : std::exchange(proposals, {})) {
      asked.insert(each.client);
      names(each.client, each.node);
    }
    pass(std::chrono::seconds(1));
  }
  EXPECT_EQ(asked.size(), 100u) << "what was dropped comes again";
}

/// Two gateways of which each finds another node slow.
TEST_F(told, does_not_fight_over_which_node_is_slow) {
  // This gateway finds `slow` slow; the other one, played here, whatever this one chooses instead.
  for (int i = 0; i < 60; ++i) open_live("c" + std::to_string(i), "1a");
  pass(std::chrono::seconds(2));
  const std::string slow = node_of("c0");
  const link_id late = nodes.at(slow).link;
  nodes.at(slow).echoes = false;
  std::size_t replaced = 0;
  std::size_t asked = 0;
  for (const instant end = now + std::chrono::seconds(120); now < end;) {
    std::vector<std::uint64_t> beats;
    const std::size_t before = sent.size();
    pass(milliseconds(50));
    for (std::size_t i = before; i < sent.size(); ++i)
      if (const auto* beat = std::get_if<link::heartbeat>(&sent[i].second); beat && sent[i].first == late)
        beats.push_back(beat->number);
    now += milliseconds(50);
    for (const std::uint64_t each : beats) core.received(late, link::heartbeat{each}, now);
    serve_all("1a");
    for (const proposal& each : std::exchange(proposals, {})) {
      replaced += each.client == "c0" && !each.instead_of.empty();
      asked += each.client == "c0";
      names(each.client, each.client == "c0" ? slow : each.node);
      if (each.client == "c0" && !each.instead_of.empty())
        core.placement_changed("c0", member_id::parse(slow).value());
    }
  }
  EXPECT_TRUE(core.nodes(now)[static_cast<std::size_t>(slow[1] - '1')].gray);
  EXPECT_GE(replaced, 1u);
  EXPECT_LE(replaced, 3u) << "in two minutes: after 30 s, and 60 s more";
  EXPECT_LE(asked, 10u) << "and leaves it there meanwhile";
}

}  // namespace
}  // namespace blotter::gateway
