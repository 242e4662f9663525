#include "scale/report_book.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace blotter::scale {
namespace {

using namespace std::chrono_literals;

constexpr instant begin = instant(1h);

seen_node node(const std::string& id, std::uint64_t number = 1, double busy = 0.5) {
  seen_node one{.id = *directory::member_id::parse(id)};
  one.load = {.number = number, .busy = busy, .viewers = 10, .flush_delay = 5ms, .memory = 1 << 20};
  return one;
}

report_fault judged(seen_node one) {
  report_book book({});
  return book.judge({&one, 1}, begin).front().fault;
}

TEST(report_book, believes_what_can_be) {
  EXPECT_EQ(judged(node("n")), report_fault::none);
  EXPECT_EQ(judged(node("n", 1, 1.2)), report_fault::none) << "a window of a second is not exact";
}

TEST(report_book, awaits_the_first_report) {
  EXPECT_EQ(judged(node("n", 0)), report_fault::awaited);
}

TEST(report_book, sets_aside_what_is_no_number) {
  EXPECT_EQ(judged(node("n", 1, std::nan(""))), report_fault::not_a_number);
  seen_node one = node("n");
  one.load.rows_per_second = std::numeric_limits<double>::infinity();
  EXPECT_EQ(judged(one), report_fault::not_a_number);
}

TEST(report_book, sets_aside_what_is_negative) {
  EXPECT_EQ(judged(node("n", 1, -0.1)), report_fault::negative);
  seen_node rows = node("n");
  rows.load.rows_per_second = -1;
  EXPECT_EQ(judged(rows), report_fault::negative);
  seen_node delay = node("n");
  delay.load.flush_delay = -1ms;
  EXPECT_EQ(judged(delay), report_fault::negative);
}

TEST(report_book, sets_aside_what_no_machine_does) {
  EXPECT_EQ(judged(node("n", 1, 40)), report_fault::absurd);
  seen_node one = node("n");
  one.load.viewers = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(judged(one), report_fault::absurd);
  one = node("n");
  one.load.memory = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(judged(one), report_fault::absurd);
  one = node("n");
  one.load.flush_delay = 2h;
  EXPECT_EQ(judged(one), report_fault::absurd);
  one = node("n");
  one.load.rows_per_second = 1e300;
  EXPECT_EQ(judged(one), report_fault::absurd);
}

TEST(report_book, sets_aside_a_report_that_stands_still) {
  report_book book({});
  seen_node one = node("n", 7);
  EXPECT_EQ(book.judge({&one, 1}, begin).front().fault, report_fault::none);
  EXPECT_EQ(book.judge({&one, 1}, begin + 3s).front().fault, report_fault::none);
  EXPECT_EQ(book.judge({&one, 1}, begin + 3001ms).front().fault, report_fault::stale);
  EXPECT_EQ(book.pages().front().why, "report 7 stale");
  one.load.number = 8;
  EXPECT_EQ(book.judge({&one, 1}, begin + 4s).front().fault, report_fault::none);
}

TEST(report_book, sets_aside_an_older_report_and_believes_a_process_that_began_anew) {
  report_book book({});
  seen_node one = node("n", 70);
  (void)book.judge({&one, 1}, begin);
  one.load.number = 2;
  EXPECT_EQ(book.judge({&one, 1}, begin + 1s).front().fault, report_fault::went_back);
  one.load.number = 3;
  EXPECT_EQ(book.judge({&one, 1}, begin + 2s).front().fault, report_fault::none);
}

TEST(report_book, sets_aside_one_who_says_idle_while_it_alone_is_slow) {
  report_book book({});
  std::vector<seen_node> all = {node("a", 1, 0.5), node("b", 1, 0.05), node("c", 1, 0.5)};
  all[1].load.flush_delay = 3s;
  EXPECT_EQ(book.judge(all, begin)[1].fault, report_fault::contradicts);
  EXPECT_EQ(book.pages()[1].why, "says 0.05 busy, but takes 3000 ms");
  EXPECT_EQ(book.pages()[0].fault, report_fault::none);
}

TEST(report_book, hears_routers_on_who_says_idle) {
  report_book book({});
  std::vector<seen_node> all = {node("a", 1, 0.5), node("b", 1, 0.05)};
  all[1].response = 2s;
  EXPECT_EQ(book.judge(all, begin)[1].fault, report_fault::contradicts);
}

TEST(report_book, believes_idle_nodes_that_are_slow_together_and_busy_ones_that_are_slow) {
  report_book book({});
  std::vector<seen_node> all = {node("a", 1, 0.05), node("b", 1, 0.05), node("c", 1, 0.05)};
  for (seen_node& each : all) each.load.flush_delay = 3s;
  for (const auto& page : book.judge(all, begin)) EXPECT_EQ(page.fault, report_fault::none);
  all = {node("d", 1, 0.5), node("e", 1, 0.95), node("f", 1, 0.5)};
  all[1].load.flush_delay = 3s;
  EXPECT_EQ(book.judge(all, begin)[1].fault, report_fault::none);
}

TEST(report_book, forgets_who_is_gone) {
  report_book book({});
  seen_node one = node("n", 70);
  (void)book.judge({&one, 1}, begin);
  (void)book.judge({}, begin + 1s);
  one.load.number = 1;
  EXPECT_EQ(book.judge({&one, 1}, begin + 2s).front().fault, report_fault::none);
  EXPECT_EQ(book.pages().front().joined, begin + 2s);
}

TEST(report_fault, has_a_word_for_each) {
  for (std::size_t i = 0; i < report_faults; ++i) EXPECT_NE(to_text(static_cast<report_fault>(i)), "");
}

}  // namespace
}  // namespace blotter::scale
