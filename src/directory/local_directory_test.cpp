#include "directory/local_directory.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "directory/errc.hpp"

namespace blotter::directory {
namespace {

member_id named(std::string_view text) {
  return member_id::parse(text).value();
}

member a_node(std::string_view name) {
  return {named(name), {role::node}, "127.0.0.1:8080", wall_time(milliseconds(1'763'800'000'000))};
}

/// Writes down what it hears, as "joined m-1"; may do something about it.
class notebook final : public listener {
 public:
  explicit notebook(std::function<void(const event&)> then = {}) : then_(std::move(then)) {}
  void hear(const event& what) override {
    if (const auto* joined = std::get_if<member_joined>(&what))
      heard.push_back("joined " + joined->who.id.text());
    if (const auto* changed = std::get_if<member_changed>(&what))
      heard.push_back("changed " + changed->who.id.text() + " " + std::string(to_text(changed->who.stage)) +
                      " " + std::to_string(changed->who.load.number));
    if (const auto* left = std::get_if<member_left>(&what)) heard.push_back("left " + left->who.text());
    if (then_) then_(what);
  }
  std::vector<std::string> heard;

 private:
  std::function<void(const event&)> then_;
};

using lines = std::vector<std::string>;

TEST(local_directory, lists_members_by_id) {
  local_directory all;
  ASSERT_TRUE(all.join(a_node("m-2")));
  ASSERT_TRUE(all.join(a_node("m-1")));
  EXPECT_EQ(all.members(), (std::vector{a_node("m-1"), a_node("m-2")}));
  all.leave(named("m-2"));
  EXPECT_EQ(all.members(), std::vector{a_node("m-1")});
}

TEST(local_directory, keeps_the_first_of_two_with_one_id) {
  local_directory all;
  ASSERT_TRUE(all.join(a_node("m-1")));
  member other = a_node("m-1");
  other.address = "elsewhere:1";
  EXPECT_EQ(all.join(other).error(), errc::already_joined);
  EXPECT_EQ(all.members()[0].address, "127.0.0.1:8080");
}

TEST(local_directory, tells_listeners_what_changes) {
  local_directory all;
  notebook notes;
  all.add_listener(notes);
  ASSERT_TRUE(all.join(a_node("m-1")));
  ASSERT_TRUE(all.enter(named("m-1"), stage::serving));
  ASSERT_TRUE(all.report(named("m-1"), {.number = 1, .busy = 0.5}));
  all.leave(named("m-1"));
  all.leave(named("m-1"));
  EXPECT_EQ(notes.heard, (lines{"joined m-1", "changed m-1 serving 0", "changed m-1 serving 1", "left m-1"}));
}

TEST(local_directory, is_silent_about_what_stays_the_same) {
  local_directory all;
  ASSERT_TRUE(all.join(a_node("m-1")));
  ASSERT_TRUE(all.report(named("m-1"), {.number = 2, .viewers = 7}));
  notebook notes;
  all.add_listener(notes);
  ASSERT_TRUE(all.enter(named("m-1"), stage::starting));
  ASSERT_TRUE(all.report(named("m-1"), {.number = 2, .viewers = 8}));
  ASSERT_TRUE(all.report(named("m-1"), {.number = 1, .viewers = 9}));
  EXPECT_EQ(notes.heard, lines{});
  EXPECT_EQ(all.members()[0].load.viewers, 7u);
}

TEST(local_directory, knows_nothing_of_strangers) {
  local_directory all;
  EXPECT_EQ(all.report(named("m-1"), {.number = 1}).error(), errc::no_such_member);
  EXPECT_EQ(all.enter(named("m-1"), stage::draining).error(), errc::no_such_member);
}

TEST(local_directory, tells_in_order_what_a_listener_brings_about) {
  local_directory all;
  notebook first([&all](const event& what) {
    const auto* joined = std::get_if<member_joined>(&what);
    if (joined) (void)all.enter(joined->who.id, stage::serving);
  });
  notebook second;
  all.add_listener(first);
  all.add_listener(second);
  ASSERT_TRUE(all.join(a_node("m-1")));
  EXPECT_EQ(second.heard, (lines{"joined m-1", "changed m-1 serving 0"}));
  EXPECT_EQ(first.heard, second.heard);
}

TEST(local_directory, lets_listeners_come_and_go_while_they_hear) {
  local_directory all;
  notebook late;
  notebook gone;
  notebook first([&](const event&) {
    all.remove_listener(gone);
    all.remove_listener(late);
    all.add_listener(late);
  });
  all.add_listener(first);
  all.add_listener(gone);
  ASSERT_TRUE(all.join(a_node("m-1")));
  EXPECT_EQ(gone.heard, lines{});
  EXPECT_EQ(late.heard, lines{});
  all.leave(named("m-1"));
  all.remove_listener(first);
  ASSERT_TRUE(all.join(a_node("m-2")));
  EXPECT_EQ(late.heard, lines{"joined m-2"});
  EXPECT_EQ(first.heard.size(), 2u);
}

}  // namespace
}  // namespace blotter::directory
