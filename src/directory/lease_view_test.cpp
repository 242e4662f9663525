#include "directory/lease_view.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"

namespace blotter::directory {
namespace {

using std::chrono::seconds;
using lines = std::vector<std::string>;

member_id named(std::string_view text) {
  return member_id::parse(text).value();
}

std::string line_of(const event& what) {
  if (const auto* joined = std::get_if<member_joined>(&what))
    return (joined->how == member_joined::arrival::again ? "back " : "joined ") + joined->who.id.text();
  if (const auto* changed = std::get_if<member_changed>(&what)) return "changed " + changed->who.id.text();
  const auto& left = std::get<member_left>(what);
  constexpr const char* words[] = {"left ", "silent ", "replaced "};
  return words[static_cast<int>(left.why)] + left.who.text();
}

class lease_view_test : public testing::Test {
 protected:
  static std::string record(std::string_view id, std::uint64_t renewal, std::uint64_t incarnation = 1,
                            stage at = stage::serving) {
    return to_json({.who = {.id = named(id), .roles = {role::node}, .stage = at},
                    .incarnation = incarnation,
                    .renewal = renewal});
  }
  void note(const lease_view::events& all) {
    for (const event& each : all) heard.push_back(line_of(each));
  }
  void write(std::string_view id, std::uint64_t renewal, std::uint64_t incarnation = 1,
             stage at = stage::serving) {
    note(view.written({id, record(id, renewal, incarnation, at)}, now));
  }
  void read(const std::vector<std::pair<std::string, std::string>>& map) { read(map, now); }
  void read(const std::vector<std::pair<std::string, std::string>>& map, instant asked) {
    std::vector<lease_view::stored> all;
    for (const auto& [key, value] : map) all.push_back({key, value});
    note(view.read(all, asked, now));
  }
  /// Time in which the directory answers and nobody writes.
  void pass(milliseconds time) {
    for (const instant end = now + time; now < end;) {
      now += milliseconds(250);
      view.heard(now);
      note(view.tick(now));
    }
  }
  void pass_silently(milliseconds time) {
    for (const instant end = now + time; now < end;) note(view.tick(now += milliseconds(250)));
  }
  lines take_heard() { return std::exchange(heard, {}); }

  lease_view view{lease_options{}};
  instant now{std::chrono::hours(1)};
  lines heard;
};

TEST_F(lease_view_test, knows_members_from_a_read_and_from_hints) {
  read({{"m-2", record("m-2", 7)}});
  write("m-1", 1);
  write("m-1", 2);
  write("m-1", 3, 1, stage::draining);
  EXPECT_EQ(take_heard(), (lines{"joined m-2", "joined m-1", "changed m-1"}));
  ASSERT_EQ(view.members().size(), 2u);
  EXPECT_EQ(view.members()[0].stage, stage::draining);
  EXPECT_EQ(view.members()[1].id, named("m-2"));
}

TEST_F(lease_view_test, takes_a_lease_that_stands_still_for_dead_whatever_the_map_says) {
  read({{"m-1", record("m-1", 7)}});
  pass(milliseconds(3250));
  read({{"m-1", record("m-1", 7)}});
  EXPECT_EQ(take_heard(), lines{"joined m-1"});
  pass(milliseconds(250));
  EXPECT_EQ(take_heard(), lines{"silent m-1"});
  for (int time = 0; time < 10; ++time) {
    read({{"m-1", record("m-1", 7)}});
    pass(seconds(10));
  }
  EXPECT_EQ(take_heard(), lines{});
  EXPECT_TRUE(view.members().empty());
}

TEST_F(lease_view_test, keeps_one_that_renews) {
  for (std::uint64_t renewal = 1; renewal < 60; ++renewal) {
    write("m-1", renewal);
    pass(seconds(1));
  }
  EXPECT_EQ(take_heard(), lines{"joined m-1"});
}

TEST_F(lease_view_test, says_that_one_came_back_when_its_lease_grows_again) {
  write("m-1", 7);
  pass(seconds(5));
  write("m-1", 8);
  EXPECT_EQ(take_heard(), (lines{"joined m-1", "silent m-1", "back m-1"}));
}

TEST_F(lease_view_test, lets_one_that_was_removed_go_at_once) {
  write("m-1", 1);
  note(view.removed("m-1", now));
  note(view.removed("m-1", now));
  note(view.removed("stranger", now));
  note(view.removed("no id!", now));
  EXPECT_EQ(take_heard(), (lines{"joined m-1", "left m-1"}));
}

TEST_F(lease_view_test, does_not_revive_a_removed_one_by_news_from_before) {
  write("m-1", 4);
  const instant asked = now;
  now += milliseconds(10);
  write("m-1", 5);
  note(view.removed("m-1", now));
  now += milliseconds(10);
  read({{"m-1", record("m-1", 4)}}, asked);
  read({}, asked);
  write("m-1", 5);
  read({{"m-1", record("m-1", 5)}}, asked);
  EXPECT_EQ(take_heard(), (lines{"joined m-1", "left m-1"}));
  EXPECT_EQ(view.counts().outdated, 1u);
  write("m-1", 6);
  EXPECT_EQ(take_heard(), lines{"back m-1"});
}

TEST_F(lease_view_test, forgets_the_dead_once_the_map_has) {
  write("m-1", 5, 9);
  note(view.removed("m-1", now));
  EXPECT_EQ(view.incarnation(named("m-1")), 9u);
  read({}, now);
  EXPECT_EQ(view.incarnation(named("m-1")), 0u);
}

TEST_F(lease_view_test, waits_for_the_lease_of_one_that_the_map_has_lost) {
  write("m-1", 5);
  read({});
  EXPECT_EQ(take_heard(), lines{"joined m-1"});
  pass(seconds(1));
  write("m-1", 6);
  pass(seconds(3));
  EXPECT_EQ(take_heard(), lines{});
  pass(seconds(1));
  EXPECT_EQ(take_heard(), lines{"silent m-1"});
}

TEST_F(lease_view_test, throws_nobody_out_while_the_directory_is_away) {
  write("m-1", 5);
  view.lost();
  pass_silently(seconds(60));
  EXPECT_FALSE(view.reachable());
  EXPECT_EQ(take_heard(), lines{"joined m-1"});
}

TEST_F(lease_view_test, finds_out_by_itself_that_the_directory_is_silent) {
  write("m-1", 5);
  write("m-2", 5);
  pass_silently(seconds(60));
  EXPECT_FALSE(view.reachable());
  EXPECT_EQ(view.members().size(), 2u);
}

TEST_F(lease_view_test, gives_members_time_to_register_when_the_directory_comes_back_empty) {
  write("m-1", 5);
  write("m-2", 5);
  view.lost();
  pass_silently(seconds(60));
  read({});
  EXPECT_TRUE(view.reachable());
  pass(seconds(2));
  write("m-1", 6);
  pass(milliseconds(2750));
  EXPECT_EQ(take_heard(), (lines{"joined m-1", "joined m-2"}));
  pass(milliseconds(250));
  EXPECT_EQ(take_heard(), lines{"silent m-2"});
  EXPECT_EQ(view.members().size(), 1u);
}

TEST_F(lease_view_test, blames_nobody_for_its_own_standing_still) {
  write("m-1", 5);
  pass(milliseconds(500));
  now += seconds(20);  // stopped, and continued
  view.heard(now);
  note(view.tick(now));
  pass(seconds(1));
  write("m-1", 25);
  pass(seconds(2));
  EXPECT_EQ(take_heard(), lines{"joined m-1"});
}

TEST_F(lease_view_test, takes_nobody_for_dead_before_it_knows_who_connected_while_it_stood_still) {
  for (const std::string id : {"m-1", "m-2"}) write(id, 5);
  pass(milliseconds(3000));
  now += milliseconds(900);
  view.heard(now);
  note(view.tick(now));
  view.set_connected(named("m-1"), true);
  pass(milliseconds(250));
  EXPECT_EQ(take_heard(), (lines{"joined m-1", "joined m-2"}));
  pass(milliseconds(250));
  EXPECT_EQ(take_heard(), lines{"silent m-2"});
}

TEST_F(lease_view_test, throws_out_nobody_who_is_connected) {
  write("m-1", 5);
  view.set_connected(named("m-1"), true);
  read({});
  pass(seconds(60));
  EXPECT_EQ(take_heard(), lines{"joined m-1"});
  view.set_connected(named("m-1"), false);
  pass(milliseconds(250));
  EXPECT_EQ(take_heard(), lines{"silent m-1"});
}

TEST_F(lease_view_test, has_the_newer_of_two_processes_with_one_id) {
  write("m-1", 100, 1);
  write("m-1", 1, 2);
  for (std::uint64_t renewal = 2; renewal < 9; ++renewal) {
    pass(milliseconds(500));
    write("m-1", 100 + renewal, 1, stage::draining);
    pass(milliseconds(500));
    write("m-1", renewal, 2);
  }
  EXPECT_EQ(take_heard(), (lines{"joined m-1", "replaced m-1", "joined m-1"}));
  EXPECT_EQ(view.counts().superseded, 7u);
  EXPECT_EQ(view.members()[0].stage, stage::serving);
  EXPECT_EQ(view.incarnation(named("m-1")), 2u) << "the older one sees that it has lost";
}

TEST_F(lease_view_test, takes_an_older_incarnation_once_the_newer_is_dead_and_it_renews) {
  write("m-1", 5, 2);
  write("m-1", 1, 1);
  write("m-1", 2, 1);
  pass(seconds(5));
  EXPECT_EQ(take_heard(), (lines{"joined m-1", "silent m-1"}));
  write("m-1", 2, 1);
  EXPECT_EQ(take_heard(), lines{}) << "nobody renews this";
  write("m-1", 3, 1);
  EXPECT_EQ(take_heard(), lines{"joined m-1"});
}

TEST_F(lease_view_test, sets_aside_what_it_cannot_read_and_goes_on) {
  write("m-1", 1);
  read({{"m-1", "nonsense"},
        {"m-2", record("m-3", 1)},
        {"m-4", R"({"format":2})"},
        {"m-5", record("m-5", 1)},
        {std::string(200, 'x'), "{"}});
  EXPECT_EQ(take_heard(), (lines{"joined m-1", "joined m-5"}));
  EXPECT_EQ(view.members().size(), 2u) << "a known one stays until its lease is old";
  const auto& refused = view.counts().refused;
  EXPECT_EQ(refused[static_cast<std::size_t>(errc::record_not_json)], 2u);
  EXPECT_EQ(refused[static_cast<std::size_t>(errc::record_of_other_key)], 1u);
  EXPECT_EQ(refused[static_cast<std::size_t>(errc::record_of_other_format)], 1u);
  ASSERT_EQ(view.set_aside().size(), 4u);
  EXPECT_EQ(view.set_aside()[1].key, "m-2");
  EXPECT_EQ(view.set_aside()[3].key.size(), 64u);
  write("m-1", 2);
  note(view.removed(std::string(200, 'x'), now));
  EXPECT_EQ(view.set_aside().size(), 2u);
}

TEST_F(lease_view_test, still_sets_aside_what_was_written_while_a_read_was_under_way) {
  const instant asked = now;
  pass(milliseconds(10));
  note(view.written({"odd", "{"}, now));
  read({}, asked);
  ASSERT_EQ(view.set_aside().size(), 1u);
  EXPECT_EQ(view.set_aside()[0].key, "odd");
  read({{"odd", "{"}}, asked);
  EXPECT_EQ(view.set_aside().size(), 1u) << "once, though it was heard of twice";
  pass(milliseconds(10));
  read({}, now);
  EXPECT_TRUE(view.set_aside().empty());
}

TEST_F(lease_view_test, is_bounded_whoever_writes_into_the_map) {
  view = lease_view(lease_options{.members_max = 10});
  for (int i = 0; i < 50; ++i) {
    write("m-" + std::to_string(i), 1);
    note(view.written({"bad-" + std::to_string(i), "{"}, now));
  }
  EXPECT_EQ(view.members().size(), 10u);
  EXPECT_EQ(view.counts().too_many, 40u);
  EXPECT_EQ(view.set_aside().size(), lease_view::refused_max);
}

// Whatever order news comes in, in the end the view has exactly the members that renew.
TEST_F(lease_view_test, ends_up_with_those_that_live_however_news_is_mixed_up) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    random_source chance(seed);
    view = lease_view(lease_options{});
    std::map<std::string, std::uint64_t> lives;
    std::vector<std::pair<std::string, std::string>> map_before;
    for (int turn = 0; turn < 200; ++turn) {
      const std::string id = "m-" + std::to_string(chance.below(6));
      const std::uint64_t renewal = 1 + static_cast<std::uint64_t>(turn);
      switch (chance.below(5)) {
        case 0:
          note(view.removed(id, now));
          break;
        case 1:
          read(map_before, now - milliseconds(chance.below(3000)));
          break;
        case 2:
          map_before.emplace_back("x-" + id, "?");
          break;
        default:
          map_before.emplace_back(id, record(id, renewal));
          if (chance.below(3) > 0) write(id, renewal);
      }
      if (chance.below(4) == 0) pass(milliseconds(250 * chance.below(6)));
    }
    for (std::uint64_t renewal = 1000; renewal < 1010; ++renewal) {
      for (const char* id : {"m-1", "m-3"}) write(id, renewal);
      pass(seconds(1));
    }
    const auto living = view.members();
    ASSERT_EQ(living.size(), 2u) << seed;
    EXPECT_EQ(living[0].id, named("m-1"));
    EXPECT_EQ(living[1].id, named("m-3"));
  }
}

}  // namespace
}  // namespace blotter::directory
