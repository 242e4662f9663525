#include <gtest/gtest.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "node/node.hpp"

namespace blotter::node {
namespace {

using resumed = link::subscription_began::resumed;
constexpr table::generation first_feed{1};
constexpr table::generation next_feed{2};

/// A node with one viewer of one client, and the router's ends of its links.
struct replicas : testing::Test, sink {
  static node_options options() {
    node_options mine;
    mine.member = "n";
    return mine;
  }
  /// What the node last asked of a link.
  struct asked_of {
    link::wanted wanted;
    link::subscribe subscribe;
    std::size_t wants = 0;
    std::size_t subscribes = 0;  ///< since then
  };

  void link_up(std::uint32_t link, table::generation feed = first_feed) {
    core.link_up(link_id{link}, now);
    begin(link, feed);
    say(link, link::feed_status{link::feed_status::state::current, ""});
  }
  void begin(std::uint32_t link, table::generation feed) {
    say(link, link::feed_began{feed, 2, ""});
    say(link, link::serving{{0, 1}});
  }
  void say(std::uint32_t link, link::to_node message) {
    core.received(link_id{link}, std::move(message), now);
    core.flush(now);
  }
  void open() { core.open({"c1", {}, std::chrono::seconds(1)}, now); }
  void row(std::uint32_t link, std::string_view key, table::position at) {
    say(link, link::rows{{{asked[link].subscribe.id, table::row_content(key, "{}"), at, {}, {}}}});
  }
  void answer(std::uint32_t link, resumed how = resumed::yes) {
    say(link, link::subscription_began{asked[link].subscribe.id, how});
  }
  void catch_up(std::uint32_t link) { say(link, link::subscription_caught_up{asked[link].subscribe.id}); }
  void bring_up_to_date(std::uint32_t link) {
    answer(link);
    catch_up(link);
  }
  void pass(milliseconds time, const std::vector<std::uint32_t>& heard = {}) {
    for (const instant end = now + time; now < end;) {
      now += milliseconds(50);
      for (const std::uint32_t link : heard) say(link, link::heartbeat{1});
      core.tick(now, wall_time(milliseconds(1)));
      core.flush(now);
    }
  }
  bool was_told(std::string_view text) const { return told.find(text) != std::string::npos; }
  table::partition_set reading(std::uint32_t link) const { return core.reading(link_id{link}); }
  /// Two links, a partition each, and a viewer that is live and current.
  void two_links() {
    link_up(1);
    link_up(2);
    pass(options().spread_time + milliseconds(100), {1, 2});
    open();
    ASSERT_EQ(reading(1).size(), 1u);
    ASSERT_EQ(reading(2).size(), 1u);
    mine = reading(1).list().front();
    other = reading(2).list().front();
    row(1, "A", {mine, 5});
    row(2, "B", {other, 7});
    bring_up_to_date(1);
    bring_up_to_date(2);
    ASSERT_TRUE(was_told("event: live")) << told;
    told.clear();
  }

  bool send(viewer_id, std::string_view events) override {
    told += events;
    return true;
  }
  void end(viewer_id, ending) override {}
  void send(link_id to, link::to_router message) override {
    asked_of& link = asked[static_cast<std::uint32_t>(to)];
    if (auto* wanted = std::get_if<link::wanted>(&message)) {
      link.wanted = *wanted;
      link.subscribe = {};
      link.subscribes = 0;
      ++link.wants;
    }
    if (auto* subscribe = std::get_if<link::subscribe>(&message)) {
      link.subscribe = *subscribe;
      ++link.subscribes;
    }
  }
  void answer(request_id, std::string) override {}

  instant now{std::chrono::hours(1)};
  std::string told;
  std::map<std::uint32_t, asked_of> asked;
  table::partition_id mine = 0;   ///< read from link 1
  table::partition_id other = 0;  ///< read from link 2
  node core{options(), *this};
};

TEST_F(replicas, are_read_evenly_after_a_moment_without_a_word_to_viewers) {
  link_up(1);
  open();
  bring_up_to_date(1);
  EXPECT_EQ(reading(1).size(), 2u);
  told.clear();
  link_up(2);
  pass(options().spread_time - milliseconds(100), {1, 2});
  EXPECT_EQ(reading(1).size(), 2u);
  pass(milliseconds(300), {1, 2});
  EXPECT_EQ(reading(1).size(), 1u);
  EXPECT_EQ(reading(2).size(), 1u);
  bring_up_to_date(1);
  bring_up_to_date(2);
  EXPECT_FALSE(was_told("stale")) << told;
}

TEST_F(replicas, make_a_viewer_live_only_when_every_one_has_caught_up) {
  link_up(1);
  link_up(2);
  pass(options().spread_time + milliseconds(100), {1, 2});
  open();
  bring_up_to_date(1);
  EXPECT_FALSE(was_told("event: live"));
  bring_up_to_date(2);
  EXPECT_TRUE(was_told("event: live"));
}

TEST_F(replicas, take_over_the_partitions_of_a_lost_link_at_once_from_the_place_that_was_reached) {
  two_links();
  const std::size_t wants = asked[2].wants;
  core.link_lost(link_id{1}, now);
  EXPECT_EQ(asked[2].wants, wants + 1);
  EXPECT_EQ(reading(2).size(), 2u);
  EXPECT_EQ(asked[2].wanted.reached.seen.at(mine), 5);
  EXPECT_EQ(asked[2].subscribe.have.seen.at(mine), 5);
  EXPECT_EQ(asked[2].subscribe.have.seen.at(other), 7);
  bring_up_to_date(2);
  core.flush(now);
  EXPECT_EQ(told, "") << "brought up to date before anybody need know";
}

TEST_F(replicas, have_their_own_time_to_come_up_to_date_however_soon_after_another_move) {
  two_links();
  core.link_lost(link_id{1}, now);
  bring_up_to_date(2);
  pass(options().settle_time - milliseconds(100), {2});
  link_up(3);
  core.link_lost(link_id{2}, now);
  ASSERT_EQ(reading(3).size(), 2u);
  pass(options().settle_time - milliseconds(100), {3});
  EXPECT_FALSE(was_told("stale")) << told;
  pass(milliseconds(200), {3});
  EXPECT_TRUE(was_told("stale")) << told;
}

TEST_F(replicas, leave_viewers_stale_while_none_has_come_up_to_date) {
  two_links();
  core.link_lost(link_id{1}, now);
  pass(options().settle_time + milliseconds(100), {2});
  EXPECT_TRUE(was_told("\"state\":\"stale\"")) << told;
  bring_up_to_date(2);
  EXPECT_TRUE(was_told("\"state\":\"current\"")) << told;
}

TEST_F(replicas, take_over_from_a_silent_link_and_leave_the_other_partitions_alone) {
  two_links();
  pass(link::silence_max + milliseconds(100), {2});
  EXPECT_EQ(reading(2).size(), 2u);
  EXPECT_TRUE(reading(1).empty());
}

/// Whichever of the links came first.
struct replicas_of_either_order : replicas, testing::WithParamInterface<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(, replicas_of_either_order, testing::Values(1, 2));

TEST_P(replicas_of_either_order, go_on_for_a_silent_one_from_the_place_that_was_reached) {
  two_links();
  const std::uint32_t speaking = GetParam();
  pass(link::silence_max + milliseconds(100), {speaking});
  EXPECT_EQ(reading(speaking).size(), 2u);
  EXPECT_EQ(asked[speaking].subscribe.have.seen.at(mine), 5);
  EXPECT_EQ(asked[speaking].subscribe.have.seen.at(other), 7);
  bring_up_to_date(speaking);
  EXPECT_FALSE(was_told("event: reset") || was_told("event: status")) << told;
}

TEST_F(replicas, show_a_row_once_that_two_of_them_bring) {
  two_links();
  core.link_lost(link_id{1}, now);
  answer(2);
  row(2, "A", {mine, 5});
  row(2, "A", {mine, 4});
  catch_up(2);
  EXPECT_FALSE(was_told("event: rows")) << told;
  row(2, "A", {mine, 6});
  EXPECT_TRUE(was_told("\"v\":[" + std::to_string(mine) + ",6]")) << told;
}

TEST_F(replicas, are_not_listened_to_about_partitions_that_are_read_elsewhere) {
  two_links();
  row(2, "A", {mine, 9});
  EXPECT_FALSE(was_told("event: rows")) << told;
  say(2, link::progress{{{mine, 100, 50}}});
  EXPECT_EQ(core.tables().complete(mine), 0);
}

TEST_F(replicas, all_lost_make_the_viewer_stale_at_once_and_current_when_one_is_back) {
  two_links();
  core.link_lost(link_id{1}, now);
  core.link_lost(link_id{2}, now);
  core.flush(now);
  EXPECT_TRUE(was_told("\"reason\":\"router\"")) << told;
  told.clear();
  link_up(3);
  EXPECT_FALSE(was_told("current")) << told;
  EXPECT_EQ(asked[3].subscribe.have.seen.at(mine), 5);
  bring_up_to_date(3);
  EXPECT_TRUE(was_told("\"state\":\"current\"")) << told;
  EXPECT_FALSE(was_told("event: reset")) << told;
}

TEST_F(replicas, that_forgot_a_delete_have_the_client_begin_anew_on_every_link) {
  two_links();
  core.link_lost(link_id{1}, now);
  link_up(3);
  pass(options().spread_time + milliseconds(600), {2, 3});
  if (asked[2].subscribe.id != link::subscription_id{}) bring_up_to_date(2);
  pass(options().spread_time + milliseconds(600), {2, 3});
  ASSERT_EQ(reading(3).size(), 1u);
  told.clear();
  const auto before = asked[2].subscribe.id;
  answer(3, resumed::no);
  EXPECT_NE(asked[2].subscribe.id, before);
  EXPECT_TRUE(asked[2].subscribe.have.seen.empty());
  bring_up_to_date(2);
  catch_up(3);
  EXPECT_TRUE(was_told("\"reason\":\"horizon\"")) << told;
  EXPECT_TRUE(was_told("\"count\":0")) << told;
}

TEST_F(replicas, begin_a_first_load_again_that_broke_off) {
  link_up(1);
  open();
  answer(1);
  row(1, "A", {0, 3});
  row(1, "B", {1, 4});
  core.link_lost(link_id{1}, now);
  link_up(2);
  EXPECT_TRUE(asked[2].subscribe.have.seen.empty()) << "a row may have been passed over for its later place";
  EXPECT_EQ(core.tables().rows(), 0u) << "a row may have been deleted meanwhile";
  EXPECT_EQ(asked[2].wanted.reached.seen.at(0), 3) << "but what was shown is waited for";
}

// blotter-sim --seed 3020
TEST_F(replicas, are_asked_once_when_a_first_load_breaks_off_as_partitions_move_between_them) {
  link_up(1);
  link_up(2);
  core.link_lost(link_id{2}, now);
  open();
  ASSERT_EQ(reading(1).size(), 2u);
  answer(1);
  row(1, "A", {0, 5});
  link_up(3);
  say(1, link::serving{{0}});
  EXPECT_EQ(reading(1).size(), 1u);
  EXPECT_EQ(reading(3).size(), 1u);
  EXPECT_EQ(asked[1].subscribes, 1u);
  EXPECT_EQ(asked[3].subscribes, 1u);
}

TEST_F(replicas, of_an_older_generation_are_left_when_one_goes_on_and_read_again_when_they_follow) {
  two_links();
  begin(2, next_feed);
  EXPECT_EQ(core.tables().feed(), next_feed);
  EXPECT_TRUE(reading(1).empty());
  EXPECT_EQ(reading(2).size(), 2u);
  bring_up_to_date(2);
  EXPECT_TRUE(was_told("\"reason\":\"generation\"")) << told;
  told.clear();
  begin(1, next_feed);
  pass(options().spread_time + milliseconds(100), {1, 2});
  EXPECT_EQ(reading(1).size(), 1u);
  EXPECT_FALSE(was_told("event: reset")) << told;
}

TEST_F(replicas, that_lag_with_an_older_generation_do_not_take_a_node_back) {
  two_links();
  begin(2, next_feed);
  link_up(3, first_feed);
  EXPECT_EQ(core.tables().feed(), next_feed);
  core.link_lost(link_id{3}, now);
  begin(1, next_feed);
  begin(1, first_feed);
  EXPECT_EQ(core.tables().feed(), next_feed) << "known to be older";
}

TEST_F(replicas, met_with_another_generation_are_not_taken_for_newer_until_one_goes_over) {
  link_up(1, next_feed);
  link_up(2, first_feed);
  EXPECT_EQ(core.tables().feed(), next_feed);
  begin(2, next_feed);
  EXPECT_EQ(core.tables().feed(), next_feed);
  pass(options().spread_time + milliseconds(100), {1, 2});
  EXPECT_EQ(reading(2).size(), 1u);
}

TEST_F(replicas, of_another_generation_are_taken_when_none_of_the_old_one_is_left_for_a_second) {
  two_links();
  core.link_lost(link_id{1}, now);
  core.link_lost(link_id{2}, now);
  link_up(3, next_feed);
  pass(milliseconds(900), {3});
  EXPECT_EQ(core.tables().feed(), first_feed);
  pass(milliseconds(300), {3});
  EXPECT_EQ(core.tables().feed(), next_feed);
  EXPECT_EQ(reading(3).size(), 2u);
}

TEST_F(replicas, that_lost_their_feed_alone_are_left_after_a_second) {
  two_links();
  say(1, link::feed_status{link::feed_status::state::lost, "broker"});
  EXPECT_TRUE(was_told("\"reason\":\"feed\"")) << told;
  pass(milliseconds(900), {1, 2});
  EXPECT_EQ(reading(1).size(), 1u);
  pass(milliseconds(300), {1, 2});
  EXPECT_EQ(reading(2).size(), 2u);
  bring_up_to_date(2);
  EXPECT_TRUE(was_told("\"state\":\"current\"")) << told;
}

TEST_F(replicas, that_lost_their_feed_together_stay_where_they_are) {
  two_links();
  say(1, link::feed_status{link::feed_status::state::lost, "broker"});
  say(2, link::feed_status{link::feed_status::state::lost, "broker"});
  const std::size_t wants = asked[1].wants + asked[2].wants;
  pass(std::chrono::seconds(5), {1, 2});
  EXPECT_EQ(asked[1].wants + asked[2].wants, wants);
}

TEST_F(replicas, that_give_a_partition_up_lose_it_alone) {
  two_links();
  say(1, link::serving{{other}});
  EXPECT_EQ(reading(2).size(), 2u);
  EXPECT_TRUE(asked[1].wanted.partitions.empty());
}

TEST_F(replicas, that_serve_but_a_part_are_taken_up_when_the_rest_does_not_come) {
  core.link_up(link_id{1}, now);
  say(1, link::feed_began{first_feed, 2, ""});
  say(1, link::serving{{1}});
  EXPECT_EQ(asked[1].wants, 0u);
  pass(options().partial_choice_time + milliseconds(100), {1});
  EXPECT_EQ(reading(1).list(), std::vector<table::partition_id>{1});
  EXPECT_NE(core.freshness(), sse::freshness::current);
}

TEST_F(replicas, say_what_makes_no_sense_and_nothing_happens) {
  two_links();
  say(1, link::serving{{0, 1, 2, 4'000'000'000u}});
  say(1, link::progress{{{4'000'000'000u, 1, 1}}});
  row(1, "Z", {4'000'000'000u, 1});
  say(1, link::feed_began{next_feed, 0, ""});
  EXPECT_EQ(core.tables().feed(), first_feed);
  EXPECT_TRUE(reading(1).empty());
  EXPECT_EQ(reading(2).size(), 2u);
  say(9, link::heartbeat{1});
}

}  // namespace
}  // namespace blotter::node
