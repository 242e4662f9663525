#include "hazelcast/record_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "base/overloaded.hpp"
#include "directory/errc.hpp"
#include "directory/lease_keeper.hpp"
#include "hazelcast/scripted_grid.hpp"
#include "hazelcast/value.hpp"

namespace blotter::hazelcast {
namespace {

using namespace std::chrono_literals;
using namespace scripted;
using directory::member;
using directory::member_id;
using names = std::vector<std::string>;

member_id named(std::string_view text) {
  return member_id::parse(text).value();
}

member a_node(std::string_view name) {
  return {.id = named(name), .roles = {directory::role::node}};
}

/// A process with one member of ours.
struct process {
  process(grid& of, std::string_view name, std::uint64_t chance)
      : id(named(name)),
        end(of),
        keeper({}, chance),
        map("blotter.members", keeper),
        one({.seeds = {{"a", 1}}, .id = {9, chance}, .maps = {"blotter.members"}, .seed = chance}, end, map),
        of_(of) {
    end.attach(one);
    map.use(one);
    keeper.use(map);
    of.ends.push_back(&end);
  }
  ~process() { std::erase(of_.ends, &end); }

  void tick(instant now) {
    keeper.tick(now);
    one.tick(now);
    for (const auto& each : keeper.take_events())
      std::visit(
          overloaded{
              [&](const directory::member_joined& is) { heard.push_back("joined " + is.who.id.text()); },
              [](const directory::member_changed&) {},
              [&](const directory::member_left& is) { heard.push_back("left " + is.who.text()); }},
          each);
    if (now < due) return;
    due = now + 1s;
    if (joined) outcome = keeper.report(id, {.number = ++number}, now);
  }
  names members() const {
    names out;
    for (const member& each : keeper.members()) out.push_back(each.id.text());
    return out;
  }
  /// Since it was last asked.
  names left() {
    names out;
    for (const std::string& each : std::exchange(heard, {}))
      if (each.starts_with("left")) out.push_back(each);
    return out;
  }

  member_id id;
  grid::end end;
  directory::lease_keeper keeper;
  record_map map;
  client one;
  names heard;
  result<void> outcome;
  std::uint64_t number = 0;
  instant due{};
  bool joined = false;

 private:
  grid& of_;
};

class members_in_a_grid : public testing::Test {
 protected:
  process& start(std::string_view name) {
    processes.push_back(std::make_unique<process>(all, name, 100 + processes.size()));
    process& added = *processes.back();
    EXPECT_TRUE(added.keeper.join(a_node(name), now));
    added.joined = true;
    return added;
  }
  void kill(const process& which) {
    std::erase_if(processes, [&](const auto& each) { return each.get() == &which; });
  }
  void pass(milliseconds time) {
    for (const instant until = now + time; now < until;) {
      now += 50ms;
      for (const auto& each : processes) {
        each->tick(now);
        all.run(now);
      }
    }
  }
  bool has(std::string_view key) const { return all.entries.contains(serialize_text(key)); }

  grid all;
  instant now{1h};
  std::vector<std::unique_ptr<process>> processes;
};

TEST_F(members_in_a_grid, members_know_each_other_and_hear_who_leaves) {
  process &a = start("a"), &b = start("b");
  pass(1s);
  EXPECT_EQ(a.members(), (names{"a", "b"}));
  EXPECT_EQ(b.members(), (names{"a", "b"}));
  EXPECT_TRUE(a.keeper.state().connected);
  b.joined = false;
  b.keeper.leave(b.id, now);
  pass(100ms);
  EXPECT_EQ(a.left(), names{"left b"});
  EXPECT_TRUE(b.keeper.settled());
  EXPECT_FALSE(has("b"));
}

TEST_F(members_in_a_grid, a_dead_member_is_gone_within_4_seconds_whatever_the_map_says) {
  process &a = start("a"), &b = start("b");
  pass(8s);
  kill(b);
  pass(2'400ms);
  EXPECT_EQ(a.left(), names{});
  pass(1'300ms);
  EXPECT_EQ(a.left(), names{"left b"});
  EXPECT_TRUE(has("b"));
  pass(20s);
  EXPECT_EQ(a.members(), names{"a"}) << "read again, but not alive again";
}

TEST_F(members_in_a_grid, a_member_is_there_for_itself_before_the_directory_is) {
  all.up = false;
  process& a = start("a");
  pass(3s);
  EXPECT_EQ(a.members(), names{"a"});
  EXPECT_EQ(a.heard, names{"joined a"});
  EXPECT_FALSE(a.keeper.state().connected);
  EXPECT_NE(a.keeper.state().reason, "");
  all.up = true;
  pass(1'200ms);
  EXPECT_TRUE(has("a"));
}

TEST_F(members_in_a_grid, nobody_dies_while_the_grid_is_away_and_all_are_back_soon) {
  process &a = start("a"), &b = start("b");
  pass(8s);
  all.go_away();
  pass(60s);
  EXPECT_FALSE(a.keeper.state().connected);
  EXPECT_EQ(a.members(), (names{"a", "b"}));
  all.up = true;
  all.cluster = {8, 8};
  pass(2s);
  EXPECT_TRUE(has("a") && has("b"));
  EXPECT_TRUE(a.keeper.state().connected);
  pass(10s);
  EXPECT_EQ(a.left(), names{});
  EXPECT_EQ(b.left(), names{});
}

TEST_F(members_in_a_grid, who_died_while_the_grid_was_away_is_found_out_afterwards) {
  process &a = start("a"), &b = start("b");
  pass(8s);
  all.go_away();
  kill(b);
  pass(20s);
  EXPECT_EQ(a.left(), names{});
  all.up = true;
  pass(8s);
  EXPECT_EQ(a.left(), names{"left b"});
}

TEST_F(members_in_a_grid, a_grid_that_says_nothing_is_told_and_kills_nobody) {
  process &a = start("a"), &b = start("b");
  pass(8s);
  all.mute = true;
  pass(2'600ms);
  EXPECT_FALSE(a.keeper.state().connected);
  EXPECT_EQ(a.keeper.state().reason, "a member of its cluster says nothing");
  pass(20s);
  EXPECT_EQ(a.members(), (names{"a", "b"}));
  all.mute = false;
  pass(12s);
  EXPECT_TRUE(a.keeper.state().connected);
  EXPECT_EQ(a.left(), names{});
  EXPECT_EQ(b.left(), names{});
}

TEST_F(members_in_a_grid, a_refusal_of_the_grid_is_told_in_its_words) {
  process& a = start("a");
  pass(2s);
  all.refusal = 42;
  pass(1s);
  EXPECT_FALSE(a.keeper.state().connected);
  EXPECT_EQ(a.keeper.state().reason, "a member refuses: x.Y ");
}

TEST_F(members_in_a_grid, a_process_that_stood_still_blames_nobody) {
  process &a = start("a"), &b = start("b");
  pass(8s);
  const instant frozen = now;
  for (; now < frozen + 10s; now += 50ms) {
    a.tick(now);
    all.run(now);
  }
  EXPECT_EQ(a.left(), names{"left b"});
  pass(500ms);
  EXPECT_EQ(b.left(), names{});
  EXPECT_EQ(a.members(), (names{"a", "b"})) << "back as itself";
}

TEST_F(members_in_a_grid, a_name_that_another_living_process_has_is_refused) {
  process& a = start("a");
  pass(2s);
  EXPECT_EQ(a.keeper.join(a_node("a"), now).error(), directory::errc::already_joined);
  process& second = start("a");
  pass(2'200ms);
  EXPECT_EQ(second.outcome.error(), directory::errc::already_joined);
  pass(10s);
  EXPECT_TRUE(a.outcome);
  EXPECT_EQ(a.left(), names{});
}

TEST_F(members_in_a_grid, a_name_is_free_again_when_its_process_is_dead) {
  process& a = start("a");
  pass(8s);
  kill(a);
  process& next = start("a");
  const int before = all.puts;
  pass(3s);
  EXPECT_EQ(all.puts, before);
  pass(7s);
  EXPECT_TRUE(next.outcome);
  EXPECT_GT(all.puts, before);
}

TEST_F(members_in_a_grid, a_process_whose_name_a_newer_one_took_gives_it_up) {
  process& a = start("a");
  pass(8s);
  all.write("a", R"({"format":1,"id":"a","incarnation":9007199254740991,"renewal":5,"roles":["node"],)"
                 R"("stage":"serving"})");
  const int before = all.puts;
  pass(3s);
  EXPECT_EQ(a.outcome.error(), directory::errc::no_such_member);
  EXPECT_EQ(all.puts, before);
  a.keeper.leave(a.id, now);
  pass(100ms);
  EXPECT_TRUE(has("a")) << "it is another's";
}

TEST_F(members_in_a_grid, a_record_that_the_map_lost_is_written_again) {
  process& a = start("a");
  process& b = start("b");
  pass(8s);
  for (const std::int32_t how :
       {entry_event_kind::expired, entry_event_kind::evicted, entry_event_kind::removed}) {
    all.lose("a", how);
    pass(100ms);
    EXPECT_TRUE(has("a")) << how;
  }
  EXPECT_EQ(a.members(), (names{"a", "b"}));
  EXPECT_EQ(b.members(), (names{"a", "b"}));
}

TEST_F(members_in_a_grid, a_record_that_cannot_be_read_is_set_aside) {
  process& a = start("a");
  pass(2s);
  all.write("odd", "{");
  pass(100ms);
  ASSERT_EQ(a.keeper.view().set_aside().size(), 1u);
  EXPECT_EQ(a.keeper.view().set_aside()[0].key, "odd");
  EXPECT_EQ(a.members(), names{"a"});
}

TEST_F(members_in_a_grid, who_could_not_be_read_by_others_may_not_join) {
  process& a = start("a");
  EXPECT_EQ(a.keeper.join({.id = named("b")}, now).error(), directory::errc::record_field_bad);
}

TEST_F(members_in_a_grid, the_map_is_read_whole_each_10_seconds) {
  process& a = start("a");
  pass(2s);
  const auto before = a.keeper.reads();
  pass(30s);
  EXPECT_EQ(a.keeper.reads(), before + 3);
}

TEST_F(members_in_a_grid, a_change_while_another_is_written_is_written_after_it) {
  process& a = start("a");
  pass(8s);
  all.mute = true;
  ASSERT_TRUE(a.keeper.enter(a.id, directory::stage::serving, now));
  ASSERT_TRUE(a.keeper.enter(a.id, directory::stage::draining, now));
  all.mute = false;
  pass(4s);
  const auto stored = deserialize(all.entries[serialize_text("a")]);
  ASSERT_TRUE(stored);
  EXPECT_NE(stored->text.find(R"("stage":"draining")"), std::string::npos) << stored->text;
}

TEST_F(members_in_a_grid, a_record_is_not_removed_before_it_is_known_to_be_written) {
  process& a = start("a");
  pass(8s);
  a.joined = false;
  all.mute = true;
  ASSERT_TRUE(a.keeper.enter(a.id, directory::stage::draining, now));
  pass(100ms);
  a.keeper.leave(a.id, now);
  EXPECT_FALSE(a.keeper.settled());
  pass(100ms);
  all.mute = false;  // what was asked until here is lost
  pass(3s);
  EXPECT_TRUE(a.keeper.settled());
  EXPECT_FALSE(has("a"));
}

}  // namespace
}  // namespace blotter::hazelcast
