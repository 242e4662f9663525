#include "table/table_set.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

namespace blotter::table {
namespace {

constexpr auto feed = static_cast<generation>(77);
constexpr read_budget all{1'000'000, 1'000'000'000};

row_change put(std::string_view client, std::string_view key, std::string_view value, position at,
               int time_ms = 0) {
  return {client, key, value, at, wall_time(milliseconds(time_ms)), change_kind::put, nullptr};
}
row_change erase(std::string_view client, std::string_view key, position at) {
  return {client, key, {}, at, wall_time{}, change_kind::erase, nullptr};
}

struct fixture : testing::Test {
  explicit fixture(table_limits limits = {}) : set(limits) { set.clear(feed); }

  std::size_t apply(const row_change& change) {
    std::size_t changed = 0;
    set.apply({&change, 1}, [&](table_id) { ++changed; });
    return changed;
  }
  /// What a read gives, as text: "A=1 B-" for A with value 1, B deleted.
  std::string read(table_id id, cursor& at, read_budget budget = all, read_end expected = read_end::tail) {
    std::string text;
    const read_end end = set.read(id, at, budget, [&](const row_view& row) {
      if (!text.empty()) text += ' ';
      text += row.content.key();
      text += row.kind == change_kind::erase ? std::string("-") : "=" + std::string(row.content.value());
      return row.content.value().size();
    });
    EXPECT_EQ(static_cast<int>(end), static_cast<int>(expected));
    return text;
  }
  std::string bookmark_text(table_id id, cursor& at) {
    bookmark mark;
    set.bookmark_at(id, at, mark);
    return mark.text();
  }
  resume_verdict resume(table_id id, const std::string& text, cursor& at) {
    return set.resume(id, *parse_bookmark(text), at);
  }

  table_set set;
};
using table_set_basics = fixture;

static_assert(sizeof(cursor) == 32, "a reader's place is a few bytes: there are as many as viewers");

TEST_F(table_set_basics, reads_rows_in_the_order_of_their_last_change) {
  apply(put("c1", "A", "1", {0, 0}));
  apply(put("c1", "B", "2", {0, 1}));
  apply(put("c1", "A", "3", {0, 2}));
  cursor at = set.start(set.find("c1"));
  EXPECT_EQ(read(set.find("c1"), at), "B=2 A=3");
  EXPECT_EQ(set.count(set.find("c1")), 2u);
}

TEST_F(table_set_basics, keeps_clients_apart) {
  apply(put("c1", "A", "1", {0, 0}));
  apply(put("c2", "A", "2", {0, 1}));
  cursor at = set.start(set.find("c2"));
  EXPECT_EQ(read(set.find("c2"), at), "A=2");
  EXPECT_EQ(set.find("c3"), table_set::no_table);
}

TEST_F(table_set_basics, skips_versions_that_a_slow_reader_missed) {
  apply(put("c1", "A", "1", {0, 0}));
  const table_id id = set.find("c1");
  cursor at = set.start(id);
  read(id, at);
  for (int i = 1; i < 6; ++i) apply(put("c1", "A", std::to_string(i), {0, i}));
  EXPECT_EQ(read(id, at), "A=5");
  EXPECT_EQ(read(id, at), "");
}

TEST_F(table_set_basics, goes_on_where_a_budget_ended_even_when_that_row_moved_away) {
  for (int i = 0; i < 4; ++i) apply(put("c1", std::string(1, static_cast<char>('A' + i)), "0", {0, i}));
  const table_id id = set.find("c1");
  cursor at = set.start(id);
  EXPECT_EQ(read(id, at, {2, 1000}, read_end::more), "A=0 B=0");
  apply(put("c1", "B", "1", {0, 4}));
  EXPECT_EQ(read(id, at, {1, 1000}, read_end::more), "C=0");
  EXPECT_EQ(read(id, at), "D=0 B=1");
}

TEST_F(table_set_basics, sets_aside_what_is_older_than_what_it_has) {
  apply(put("c1", "A", "new", {0, 5}));
  EXPECT_EQ(apply(put("c1", "A", "old", {0, 4})), 0u);
  EXPECT_EQ(apply(put("c1", "A", "same", {0, 5})), 0u);
  cursor at = set.start(set.find("c1"));
  EXPECT_EQ(read(set.find("c1"), at), "A=new");
}

TEST_F(table_set_basics, takes_the_newer_record_of_a_row_found_in_two_partitions) {
  apply(put("c1", "A", "before", {0, 900}, 1000));
  apply(put("c1", "A", "after", {3, 2}, 2000));
  EXPECT_EQ(apply(put("c1", "A", "late", {0, 901}, 1500)), 0u);
  cursor at = set.start(set.find("c1"));
  EXPECT_EQ(read(set.find("c1"), at), "A=after");
}

TEST_F(table_set_basics, tells_a_reader_of_a_delete_but_not_one_that_never_had_the_row) {
  apply(put("c1", "A", "1", {0, 0}));
  const table_id id = set.find("c1");
  cursor reader = set.start(id);
  read(id, reader);
  apply(erase("c1", "A", {0, 1}));
  EXPECT_EQ(read(id, reader), "A-");
  cursor late = set.start(id);
  EXPECT_EQ(read(id, late), "");
  cursor replica = set.start(id, table_set::deletes::read);
  EXPECT_EQ(read(id, replica), "A-");
  EXPECT_EQ(set.count(id), 0u);
}

TEST_F(table_set_basics, resumes_with_only_what_changed_since) {
  apply(put("c1", "A", "1", {0, 0}));
  apply(put("c1", "B", "1", {1, 0}));
  const table_id id = set.find("c1");
  cursor at = set.start(id);
  read(id, at);
  const std::string mark = bookmark_text(id, at);
  apply(put("c1", "C", "1", {1, 1}));
  apply(erase("c1", "A", {0, 1}));
  cursor again;
  ASSERT_EQ(resume(id, mark, again), resume_verdict::resumed);
  EXPECT_EQ(read(id, again), "C=1 A-");
}

TEST_F(table_set_basics, resumes_in_the_middle_of_a_snapshot) {
  for (int i = 0; i < 6; ++i) apply(put("c1", std::string(1, static_cast<char>('A' + i)), "0", {i % 2u, i}));
  const table_id id = set.find("c1");
  cursor at = set.start(id);
  read(id, at, {3, 1000}, read_end::more);  // A B C
  const std::string mark = bookmark_text(id, at);
  apply(put("c1", "A", "1", {0, 6}));
  cursor again;
  ASSERT_EQ(resume(id, mark, again), resume_verdict::resumed);
  EXPECT_EQ(read(id, again), "D=0 E=0 F=0 A=1");
  EXPECT_EQ(read(id, at), "D=0 E=0 F=0 A=1") << "asking for a bookmark must not move the cursor";
}

TEST_F(table_set_basics, refuses_bookmarks_of_another_generation_and_from_the_future) {
  apply(put("c1", "A", "1", {0, 10}));
  const table_id id = set.find("c1");
  cursor at;
  EXPECT_EQ(set.resume(id, {static_cast<generation>(78), {}}, at), resume_verdict::other_generation);
  bookmark ahead{feed, {}};
  ahead.seen.set({0, 11});
  EXPECT_EQ(set.resume(id, ahead, at), resume_verdict::from_the_future);
  bookmark elsewhere{feed, {}};
  elsewhere.seen.set({4'000'000, 0});
  EXPECT_EQ(set.resume(id, elsewhere, at), resume_verdict::from_the_future);
}

// blotter-sim --seed 30069298
TEST_F(table_set_basics, refuses_a_bookmark_whose_reader_passed_over_a_row_that_is_older_here) {
  struct : fixture {
    void TestBody() override {}
  } behind;
  for (fixture* each : {static_cast<fixture*>(this), static_cast<fixture*>(&behind)}) {
    each->apply(put("c1", "A", "1", {0, 0}));
    each->apply(put("c1", "B", "1", {0, 1}));
    each->apply(put("c1", "C", "1", {0, 2}));
    each->set.set_complete(0, 3);
  }
  const table_id id = set.find("c1");
  cursor at = set.start(id);
  EXPECT_EQ(read(id, at, {1, 1000}, read_end::more), "A=1");
  apply(put("c1", "B", "2", {0, 3}));
  EXPECT_EQ(read(id, at, {1, 1000}, read_end::more), "C=1");
  const std::string text = bookmark_text(id, at);
  cursor there;
  EXPECT_EQ(behind.resume(id, text, there), resume_verdict::from_the_future) << "B would be taken for seen";
  behind.apply(put("c1", "B", "2", {0, 3}));
  EXPECT_EQ(behind.resume(id, text, there), resume_verdict::resumed);
  EXPECT_EQ(behind.read(id, there), "B=2");
}

TEST_F(table_set_basics, takes_a_bookmark_up_to_where_the_partition_is_complete) {
  apply(put("c1", "A", "1", {0, 10}));
  set.set_complete(0, 50);
  const table_id id = set.find("c1");
  bookmark mark{feed, {}};
  mark.seen.set({0, 49});
  cursor at;
  EXPECT_EQ(set.resume(id, mark, at), resume_verdict::resumed);
  EXPECT_EQ(read(id, at), "");
}

TEST_F(table_set_basics, gives_out_bookmarks_that_an_old_horizon_does_not_refuse) {
  // A quiet row in a partition whose log was compacted far beyond it.
  apply(put("c1", "A", "1", {0, 10}));
  set.raise_horizon(0, 5000);
  set.set_complete(0, 6000);
  const table_id id = set.find("c1");
  cursor at = set.start(id);
  read(id, at);
  cursor again;
  EXPECT_EQ(resume(id, bookmark_text(id, at), again), resume_verdict::resumed);
}

// blotter-sim --seed 225324
TEST_F(table_set_basics, names_no_place_that_it_has_not_reached_whatever_was_forgotten_beyond_it) {
  // A replica that reads its log anew knows how far deletes are missing before it has the rows of there.
  apply(put("c1", "A", "1", {0, 2}));
  set.set_complete(0, 5);
  set.raise_horizon(0, 14);
  const table_id id = set.find("c1");
  cursor at = set.start(id);
  read(id, at);
  const std::string early = bookmark_text(id, at);
  apply(put("c1", "A", "2", {0, 7}));
  set.set_complete(0, 16);
  cursor again;
  EXPECT_EQ(resume(id, early, again), resume_verdict::before_horizon) << "or the change at 7 is passed over";
}

TEST_F(table_set_basics, refuses_a_bookmark_from_before_the_horizon) {
  apply(put("c1", "A", "1", {0, 10}));
  set.raise_horizon(0, 8);
  const table_id id = set.find("c1");
  bookmark mark{feed, {}};
  mark.seen.set({0, 6});
  cursor at;
  EXPECT_EQ(set.resume(id, mark, at), resume_verdict::before_horizon);
  mark.seen.set({0, 7});
  EXPECT_EQ(set.resume(id, mark, at), resume_verdict::resumed);
}

/// A client whose one row was deleted, at a table that never heard of it, and a reader that saw the delete.
struct deleted_elsewhere : fixture {
  deleted_elsewhere() {
    set.set_complete(0, 50);
    set.set_complete(1, 50);
    id = set.find_or_add("c1");
    set.set_tag(id, 1);
    seen.seen.set({0, 40});
  }
  bookmark mark(cursor& of) {
    bookmark named;
    set.bookmark_at(id, of, named);
    return named;
  }

  bookmark seen{feed, {}};
  table_id id = no_slot;
  cursor at;
};

// blotter-sim --seed 1795500000167183
TEST_F(deleted_elsewhere, keeps_its_place_in_a_partition_that_the_table_does_not_know) {
  ASSERT_EQ(set.resume(id, seen, at), resume_verdict::resumed);
  EXPECT_EQ(read(id, at), "");
  EXPECT_EQ(mark(at).seen.at(0), 49) << "and goes on with the feed";
  apply(put("c1", "B", "1", {1, 60}));
  EXPECT_EQ(read(id, at), "B=1");
  set.set_complete(0, 90);
  EXPECT_EQ(mark(at).seen.at(0), 89);
  EXPECT_EQ(mark(at).seen.at(1), 60);

  struct : fixture {
    void TestBody() override {}
  } other;  // remembers the delete
  other.apply(erase("c1", "A", {0, 40}));
  other.set.set_complete(0, 90);
  other.apply(put("c1", "B", "1", {1, 60}));
  cursor there;
  ASSERT_EQ(other.resume(other.set.find("c1"), mark(at).text(), there), resume_verdict::resumed);
  EXPECT_EQ(other.read(other.set.find("c1"), there), "");
}

TEST_F(deleted_elsewhere, keeps_its_place_on_the_way_to_the_tail) {
  apply(put("c1", "B", "1", {1, 60}));
  apply(put("c1", "C", "1", {1, 61}));
  ASSERT_EQ(set.resume(id, seen, at), resume_verdict::resumed);
  EXPECT_EQ(read(id, at, {1, 1000}, read_end::more), "B=1");
  EXPECT_GE(mark(at).seen.at(0), 40);
  EXPECT_EQ(read(id, at), "C=1");
  EXPECT_EQ(mark(at).seen.at(0), 49);
  apply(put("c1", "D", "1", {1, 62}));
  apply(put("c1", "E", "1", {1, 63}));
  EXPECT_EQ(read(id, at, {1, 1000}, read_end::more), "D=1");
  EXPECT_EQ(mark(at).seen.at(0), 49) << "behind the tail again";
  EXPECT_EQ(mark(at).seen.at(1), 62);
  EXPECT_EQ(read(id, at), "E=1");
  EXPECT_EQ(mark(at).seen.at(0), 49);
}

TEST_F(deleted_elsewhere, leaves_the_place_to_the_table_once_that_knows_the_partition) {
  ASSERT_EQ(set.resume(id, seen, at), resume_verdict::resumed);
  cursor beside = set.tail(id);
  EXPECT_FALSE(at.same_place(beside)) << "they have other bookmarks";
  apply(put("c1", "A", "2", {0, 70}));
  EXPECT_EQ(mark(at).seen.at(0), 69);
  EXPECT_EQ(read(id, at), "A=2");
  EXPECT_EQ(read(id, beside), "A=2");
  EXPECT_TRUE(at.same_place(beside)) << "nothing is kept that the table knows";
  EXPECT_EQ(mark(at), mark(beside));
}

TEST_F(deleted_elsewhere, is_not_shown_again_what_it_brought_the_place_of) {
  ASSERT_EQ(set.resume(id, seen, at), resume_verdict::resumed);
  apply(erase("c1", "A", {0, 40}));  // from a replica that remembers it
  EXPECT_EQ(read(id, at), "");
}

TEST_F(deleted_elsewhere, names_no_place_that_nobody_takes_any_more) {
  ASSERT_EQ(set.resume(id, seen, at), resume_verdict::resumed);
  set.set_following(id, table_set::following::no);
  EXPECT_EQ(mark(at).seen.at(0), 40) << "what follows is not known to have come";
  set.raise_horizon(0, 45);
  EXPECT_EQ(mark(at).seen.at(0), -1) << "or it would have to begin anew";
  set.set_following(id, table_set::following::yes);
  EXPECT_EQ(mark(at).seen.at(0), 49);
}

TEST_F(deleted_elsewhere, brings_nothing_to_a_reader_of_some_partitions) {
  const partition_set some = partition_set::first(2);
  ASSERT_EQ(set.resume(id, seen, at, &some), resume_verdict::resumed);
  EXPECT_TRUE(at.same_place(set.tail(id))) << "there are as many as clients on each link";
}

struct forgetful : fixture {
  forgetful() : fixture({.tombstones_min = 2, .seed = 5}) {}
};

TEST_F(forgetful, forgets_the_oldest_deletes_and_raises_the_horizon) {
  apply(put("c1", "X", "1", {0, 0}));
  for (int i = 1; i <= 5; ++i) apply(erase("c1", "K" + std::to_string(i), {0, i}));
  EXPECT_EQ(set.tombstones(), 2u);
  EXPECT_EQ(set.horizon(0), 4) << "the deletes at 1, 2 and 3 are forgotten";
  EXPECT_EQ(set.tombstones_forgotten(), 3u);
}

// blotter-sim --seed 1798
TEST_F(forgetful, remembers_deletes_while_an_older_value_may_follow_from_another_partition) {
  set.set_loading(table_set::loading::yes);
  const row_change gone{"c1", "A", {}, {1, 0}, wall_time(milliseconds(20)), change_kind::erase, nullptr};
  apply(gone);
  for (int i = 1; i <= 5; ++i) apply(erase("c1", "K" + std::to_string(i), {1, i}));
  EXPECT_EQ(set.tombstones(), 6u);
  apply(put("c1", "A", "old", {0, 0}, 10));
  EXPECT_EQ(set.rows(), 0u) << "its delete is newer";
  set.set_loading(table_set::loading::no);
  EXPECT_EQ(set.tombstones(), 2u + 1u) << "the one that hides an older value is remembered besides";
  EXPECT_EQ(set.tombstones_hiding(), 1u);
}

// blotter-sim --seed 107566
TEST_F(forgetful, remembers_the_delete_of_a_row_that_has_an_older_value_in_another_partition) {
  apply(put("c1", "A", "1", {0, 0}, 10));
  bookmark mark{feed, {}};
  mark.seen.set({0, 0});
  apply(row_change{"c1", "A", {}, {1, 0}, wall_time(milliseconds(20)), change_kind::erase, nullptr});
  for (int i = 1; i <= 5; ++i) apply(erase("c1", "K" + std::to_string(i), {1, i}));
  EXPECT_EQ(set.tombstones(), 2u + 1u);
  apply(put("c1", "A", "1", {0, 0}, 10));
  EXPECT_EQ(set.rows(), 0u) << "the partition of the older value was read anew";

  // blotter-sim --seed 469056: a viewer that has the older value and knows nothing of the other partition
  const table_id id = set.find("c1");
  cursor at;
  ASSERT_EQ(set.resume(id, mark, at), resume_verdict::resumed);
  EXPECT_EQ(read(id, at), "A- K4- K5-");
}

TEST_F(forgetful, remembers_the_delete_of_a_row_of_which_it_is_told_that_it_moved) {
  row_change gone = erase("c1", "A", {1, 0});
  gone.moved = true;
  apply(gone);
  for (int i = 1; i <= 5; ++i) apply(erase("c1", "K" + std::to_string(i), {1, i}));
  EXPECT_EQ(set.tombstones(), 2u + 1u);
  apply(put("c1", "A", "2", {1, 6}));
  apply(erase("c1", "A", {1, 7}));
  for (int i = 8; i <= 12; ++i) apply(erase("c1", "K" + std::to_string(i), {1, i}));
  EXPECT_EQ(set.tombstones_hiding(), 1u) << "once moved, always";
}

TEST_F(forgetful, says_of_every_row_that_it_may_have_moved_while_older_values_may_follow) {
  apply(put("c1", "A", "1", {0, 0}));
  const auto told = [&] {
    bool moved = false;
    cursor at = set.start(set.find("c1"));
    set.read(set.find("c1"), at, all, [&](const row_view& each) {
      moved = each.moved;
      return std::size_t{1};
    });
    return moved;
  };
  EXPECT_FALSE(told());
  set.set_loading(table_set::loading::yes);
  EXPECT_TRUE(told());
  set.set_loading(table_set::loading::no);
  EXPECT_FALSE(told());
  apply(put("c1", "A", "2", {1, 0}, 10));
  EXPECT_TRUE(told());
}

// blotter-sim --seed 365
TEST_F(forgetful, is_not_told_again_of_a_delete_that_it_has_forgotten_by_a_replica_that_has_not) {
  apply(put("c1", "X", "1", {0, 0}));
  const table_id id = set.find("c1");
  set.set_tag(id, 1);
  set.set_following(id, table_set::following::no);
  set.raise_horizon(0, 4);
  EXPECT_EQ(apply(erase("c1", "A", {0, 2})), 1u) << "a value of another partition may follow";
  set.set_following(id, table_set::following::yes);
  set.set_following(id, table_set::following::no);
  EXPECT_EQ(apply(erase("c1", "B", {0, 3})), 0u);
  EXPECT_EQ(apply(erase("c1", "C", {0, 4})), 1u) << "not from before the horizon";
  row_change moved = erase("c1", "D", {0, 3});
  moved.moved = true;
  EXPECT_EQ(apply(moved), 1u) << "a reader may have the value that it hides";
  EXPECT_EQ(apply(erase("c1", "X", {0, 3})), 1u) << "it has the row";
}

struct all_moved : fixture {
  all_moved() : fixture({.tombstones_min = 0, .tombstones_hiding = 2, .seed = 5}) {}
};

TEST_F(all_moved, forgets_deletes_that_hide_older_values_beyond_a_bound_of_their_own) {
  for (int i = 0; i < 5; ++i) {
    const std::string key = "K" + std::to_string(i);
    apply(put("c1", key, "1", {0, i}, 10));
    apply(row_change{"c1", key, {}, {1, i}, wall_time(milliseconds(20)), change_kind::erase, nullptr});
  }
  EXPECT_EQ(set.tombstones(), 2u);
  EXPECT_EQ(set.tombstones_hiding(), 2u);
  EXPECT_EQ(set.horizon(1), 3);
  table_set::sweep job;
  job.partitions.add(1);
  EXPECT_TRUE(set.drop_partitions(job, SIZE_MAX));
  EXPECT_EQ(set.tombstones(), 0u);
  EXPECT_EQ(set.tombstones_hiding(), 0u);
}

TEST_F(forgetful, tells_a_reader_that_missed_a_forgotten_delete_to_start_anew) {
  apply(put("c1", "A", "1", {0, 0}));
  apply(put("c1", "B", "1", {0, 1}));
  const table_id id = set.find("c1");
  cursor at = set.start(id);
  read(id, at);
  for (int i = 2; i < 8; ++i) apply(erase("c1", i == 2 ? "A" : "K" + std::to_string(i), {0, i}));
  EXPECT_EQ(read(id, at, all, read_end::behind), "");
  cursor fresh = set.start(id);
  EXPECT_EQ(read(id, fresh), "B=1");
}

TEST_F(forgetful, drops_a_table_with_its_last_delete_unless_it_bears_a_tag) {
  apply(put("tagged", "A", "1", {0, 0}));
  set.set_tag(set.find("tagged"), 9);
  apply(erase("tagged", "A", {0, 1}));
  apply(put("plain", "A", "1", {0, 2}));
  apply(erase("plain", "A", {0, 3}));
  for (int i = 4; i < 10; ++i) apply(erase("other", std::to_string(i), {0, i}));
  EXPECT_EQ(set.find("plain"), table_set::no_table);
  ASSERT_NE(set.find("tagged"), table_set::no_table);
  EXPECT_EQ(set.tag(set.find("tagged")), 9u);
  set.set_tag(set.find("tagged"), no_slot);
  EXPECT_EQ(set.find("tagged"), table_set::no_table);
}

TEST_F(forgetful, keeps_no_trace_of_a_row_that_is_deleted_and_comes_back_for_ever) {
  for (int i = 0; i < 20'000; i += 2) {
    apply(put("c1", "A", "1", {0, i}));
    apply(erase("c1", "A", {0, i + 1}));
  }
  EXPECT_EQ(set.tombstones(), 1u);
  EXPECT_EQ(set.horizon(0), 0);
}

TEST_F(table_set_basics, shares_content_that_is_there_already) {
  const row_content held("A", "1");
  row_change change = put("c1", "A", "", {0, 0});
  change.content = &held;
  apply(change);
  cursor at = set.start(set.find("c1"));
  set.read(set.find("c1"), at, all, [&](const row_view& row) {
    EXPECT_EQ(row.content.value().data(), held.value().data());
    return std::size_t{1};
  });
}

TEST_F(table_set_basics, drops_a_table_whole) {
  apply(put("c1", "A", "1", {0, 0}));
  apply(put("c2", "A", "1", {0, 1}));
  set.drop(set.find("c1"));
  EXPECT_EQ(set.find("c1"), table_set::no_table);
  EXPECT_EQ(set.rows(), 1u);
  apply(put("c1", "B", "1", {0, 2}));
  cursor at = set.start(set.find("c1"));
  EXPECT_EQ(read(set.find("c1"), at), "B=1");
}

}  // namespace
}  // namespace blotter::table
