#include "scale/calendar.hpp"

#include <gtest/gtest.h>

#include "scale/load_history.hpp"

namespace blotter::scale {
namespace {

using namespace std::chrono;

local_minute at(const char* day, int hour, int minute) {
  return *parse_day(day) + hours(hour) + minutes(minute);
}
// 2026-11-20 is a Friday.
constexpr const char* thursday = "2026-11-19";
constexpr const char* friday = "2026-11-20";
constexpr const char* saturday = "2026-11-21";
constexpr const char* monday = "2026-11-23";

TEST(parse_peak, takes_days_times_and_nodes) {
  const auto one = parse_peak("mon-fri 09:30-10:00");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->days, 0b0111110);
  EXPECT_EQ(one->from, hours(9) + minutes(30));
  EXPECT_EQ(one->to, hours(10));
  EXPECT_EQ(one->nodes, 0u);
  EXPECT_EQ(one->text(), "09:30-10:00");
  EXPECT_EQ(parse_peak("fri-mon,wed 00:00-24:00 6")->days, 0b1101011);
  EXPECT_EQ(parse_peak("sat 20:00-22:30 6")->nodes, 6u);
}

TEST(parse_peak, refuses_all_else) {
  for (const char* text :
       {"", "mon", "mon 9:30", "mon 10:00-09:00", "mon 10:00-10:00", "mon 09:30-25:00", "mon 09:61-10:00",
        "mon 24:01-24:00", "foo 09:30-10:00", "mon- 09:30-10:00x", "mon 09:30-10:00 x", "mon 09:30-10:00 -1",
        "mon 9:3-10:00", " 09:30-10:00", "mon  09:30-10:00"})
    EXPECT_FALSE(parse_peak(text)) << text;
}

TEST(parse_day, takes_days_that_exist) {
  EXPECT_EQ(text_of(*parse_day("2028-02-29")), "2028-02-29");
  for (const char* text : {"", "2026-02-29", "2026-13-01", "2026-1-01", "20261-1-1", "2026-11-2x"})
    EXPECT_FALSE(parse_day(text)) << text;
}

TEST(calendar, shows_a_peak_from_its_lead_to_its_end) {
  const calendar one{{*parse_peak("mon-fri 09:30-10:00")}, {}};
  const auto found = [&](local_minute now) { return one.around(now, minutes(15), minutes(0)).size(); };
  EXPECT_EQ(found(at(friday, 9, 14)), 0u);
  EXPECT_EQ(found(at(friday, 9, 15)), 1u);
  EXPECT_EQ(found(at(friday, 9, 59)), 1u);
  EXPECT_EQ(found(at(friday, 10, 0)), 0u);
  EXPECT_EQ(found(at(saturday, 9, 30)), 0u);
}

TEST(calendar, sees_over_midnight) {
  const calendar one{{*parse_peak("sat 00:05-01:00")}, {}};
  EXPECT_EQ(one.around(at(friday, 23, 50), minutes(15), minutes(0)).size(), 1u);
  EXPECT_EQ(one.around(at(friday, 23, 49), minutes(15), minutes(0)).size(), 0u);
}

TEST(calendar, has_no_peak_on_a_holiday) {
  const calendar one{{*parse_peak("mon-fri 09:30-10:00")}, {*parse_day(friday)}};
  EXPECT_TRUE(one.around(at(friday, 9, 30), minutes(15), minutes(0)).empty());
  EXPECT_FALSE(one.is_working_day(*parse_day(friday)));
  EXPECT_TRUE(one.comparable(*parse_day(friday), *parse_day(saturday)));
  EXPECT_FALSE(one.comparable(*parse_day(friday), *parse_day(thursday)));
}

TEST(load_history, gives_the_greatest_of_comparable_days_at_that_time) {
  load_history all;
  all.add(at(thursday, 9, 31), 3);
  all.add(at(thursday, 9, 33), 5);
  all.add(at(friday, 9, 31), 4);
  all.add(at(saturday, 9, 31), 50);
  const calendar by;
  const auto found = all.before(at(monday, 9, 30), at(monday, 9, 40), 5, by);
  EXPECT_EQ(found.load, 5);
  EXPECT_EQ(found.days, 2u);
  EXPECT_EQ(all.before(at(monday, 9, 30), at(monday, 9, 40), 1, by).load, 4);
  EXPECT_EQ(all.before(at(monday, 9, 40), at(monday, 9, 50), 5, by).days, 0u);
}

TEST(load_history, does_not_take_today_for_an_earlier_day) {
  load_history all;
  all.add(at(friday, 9, 31), 4);
  EXPECT_EQ(all.before(at(friday, 9, 30), at(friday, 9, 35), 5, {}).days, 0u);
}

TEST(load_history, is_the_same_after_it_was_written_and_read) {
  load_history one;
  one.add(at(thursday, 0, 0), 0);
  one.add(at(friday, 23, 59), 12.5);
  const std::string text = one.to_text();
  EXPECT_EQ(text, "2026-11-19 00:00 0\n2026-11-20 23:55 12.5\n");
  load_history other;
  EXPECT_EQ(other.read(text), 0u);
  EXPECT_EQ(other.to_text(), text);
}

TEST(load_history, leaves_out_lines_and_loads_that_are_none) {
  load_history all;
  EXPECT_EQ(all.read("nonsense\n2026-11-19 09:30 nan\n2026-11-19 09:30 -1\n2026-11-19 9:30 1\n"
                     "2026-11-19 09:30 1e9\n2026-13-19 09:30 1\n2026-11-19 24:30 1\n2026-11-19 09:30 2\n"
                     "2026-11-19 09:35 7"),
            7u);
  EXPECT_EQ(all.to_text(), "2026-11-19 09:30 2\n");
  all.add(at(thursday, 9, 30), -5);
  all.add(at(thursday, 9, 30), 1e7);
  EXPECT_EQ(all.to_text(), "2026-11-19 09:30 2\n");
}

TEST(load_history, keeps_the_last_days_alone) {
  load_history all;
  for (int i = 0; i < 100; ++i) all.add(at("2026-01-01", 9, 0) + days(i), i);
  EXPECT_EQ(all.days(), load_history::days_max);
  all.add(at("2025-01-01", 9, 0), 9);
  EXPECT_EQ(all.days(), load_history::days_max);
  EXPECT_TRUE(all.to_text().starts_with("2026-03-14"));
}

}  // namespace
}  // namespace blotter::scale
