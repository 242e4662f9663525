#include "hazelcast/placement_records.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "directory/placement_keeper.hpp"
#include "hazelcast/scripted_grid.hpp"

// Gateways that agree on clients' nodes, by the bytes that their clients of the grid send.

namespace blotter::hazelcast {
namespace {

using namespace std::chrono_literals;
using directory::member_id;
using scripted::grid;

member_id named(std::string_view text) {
  return member_id::parse(text).value();
}

/// Hears of members, of which there are none here.
struct nobody final : client_listener {
  void client_ready(instant) override { ++times_ready; }
  void client_away(error_code, const address&, instant) override {}
  void cluster_changed(instant) override {}
  void entry_changed(const entry_event&, instant) override { ++heard; }
  int times_ready = 0;
  int heard = 0;
};

struct process final : directory::placement_listener {
  process(grid& of, std::uint64_t chance)
      : end(of),
        map("blotter.placements", keeper),
        both(members, map),
        one({.seeds = {{"a", 1}}, .id = {9, chance}, .maps = {"blotter.members", "blotter.placements"}}, end,
            both) {
    end.attach(one);
    map.use(one);
    keeper.use(map);
    keeper.tell(this);
    of.ends.push_back(&end);
  }
  void placement_answered(std::string_view, std::optional<member_id> node) override {
    answers.push_back(node ? node->text() : "nobody knows");
  }
  void placement_changed(std::string_view client, const std::optional<member_id>& node) override {
    changes[std::string(client)] = node ? node->text() : "nobody";
  }
  void placements_doubtful() override { ++doubts; }

  nobody members;
  directory::placement_keeper keeper{{}};
  grid::end end;
  placement_records map;
  listening_maps both;
  client one;
  std::vector<std::string> answers;
  std::map<std::string, std::string> changes;
  int doubts = 0;
};

struct placements_in_a_grid : testing::Test {
  placements_in_a_grid() { pass(500ms); }
  void pass(milliseconds time) {
    for (const instant until = now + time; now < until; now += 50ms) {
      for (process* each : {&a, &b}) {
        each->one.tick(now);
        all.run(now);
      }
    }
  }
  bool propose(process& by, std::string_view node, std::optional<member_id> instead_of = {}) {
    const bool asked = by.keeper.propose("c \xC3\xA4/1", named(node), instead_of, now);
    pass(50ms);
    return asked;
  }

  grid all;
  instant now{1h};
  process a{all, 1}, b{all, 2};
};

TEST_F(placements_in_a_grid, the_first_decides_and_all_hear_of_it) {
  EXPECT_TRUE(propose(a, "n1"));
  EXPECT_TRUE(propose(b, "n2"));
  EXPECT_EQ(a.answers, std::vector<std::string>{"n1"});
  EXPECT_EQ(b.answers, std::vector<std::string>{"n1"});
  EXPECT_EQ(b.changes["c \xC3\xA4/1"], "n1");
  EXPECT_EQ(all.entries[serialize_text("c \xC3\xA4/1")], serialize_json("{\"node\":\"n1\"}"));
  EXPECT_EQ(b.members.heard, 0) << "it is no member's record";
}

TEST_F(placements_in_a_grid, a_node_is_replaced_by_its_name) {
  EXPECT_TRUE(propose(a, "n1"));
  EXPECT_TRUE(propose(b, "n2", named("n3")));
  EXPECT_TRUE(propose(b, "n2", named("n1")));
  EXPECT_TRUE(propose(a, "n4", named("n1")));
  EXPECT_EQ(b.answers, (std::vector<std::string>{"n1", "n2"}));
  EXPECT_EQ(a.answers, (std::vector<std::string>{"n1", "n2"}));
  EXPECT_EQ(a.changes["c \xC3\xA4/1"], "n2");
}

TEST_F(placements_in_a_grid, an_entry_that_was_written_as_a_text_gives_way_as_well) {
  const std::string key = serialize_text("c \xC3\xA4/1");
  all.entries[key] = serialize_text("{\"node\":\"n1\"}");
  EXPECT_TRUE(propose(a, "n2"));
  EXPECT_TRUE(propose(a, "n2", named("n1")));
  all.entries[key] = serialize_text("by hand");
  EXPECT_TRUE(propose(a, "n3"));
  EXPECT_EQ(a.answers, (std::vector<std::string>{"n1", "n2", "n3"}));
  EXPECT_EQ(all.entries[key], serialize_json("{\"node\":\"n3\"}"));
}

TEST_F(placements_in_a_grid, an_entry_that_is_no_text_at_all_stands_and_names_nobody) {
  all.entries[serialize_text("c \xC3\xA4/1")] = std::string("\0\0\0\0\xFF\xFF\xFF\xF9\0\0\0\7", 12);
  EXPECT_TRUE(propose(a, "n2"));
  EXPECT_EQ(a.answers, std::vector<std::string>{"nobody knows"});
}

TEST_F(placements_in_a_grid, nobody_is_asked_while_the_grid_is_away_and_all_is_in_doubt_after) {
  all.go_away();
  pass(50ms);
  EXPECT_FALSE(propose(a, "n1"));
  const int before = a.doubts;
  all.up = true;
  pass(3s);
  EXPECT_GT(a.doubts, before);
  EXPECT_TRUE(propose(a, "n1"));
  EXPECT_EQ(a.answers, std::vector<std::string>{"n1"});
}

TEST_F(placements_in_a_grid, a_call_without_an_answer_says_that_nobody_knows) {
  all.mute = true;
  EXPECT_TRUE(propose(a, "n1"));
  pass(3s);
  EXPECT_EQ(a.answers, std::vector<std::string>{"nobody knows"});
}

TEST_F(placements_in_a_grid, an_entry_that_is_lost_is_told) {
  EXPECT_TRUE(propose(a, "n1"));
  all.lose("c \xC3\xA4/1", entry_event_kind::expired);
  EXPECT_EQ(a.changes["c \xC3\xA4/1"], "nobody");
}

}  // namespace
}  // namespace blotter::hazelcast
