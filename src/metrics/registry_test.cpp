#include "metrics/registry.hpp"

#include <gtest/gtest.h>

#include <string>

namespace blotter::metrics {
namespace {

const description rejects{.name = "blotter_feed_rejects_total", .help = "Records refused, by reason."};
const description viewers{.name = "blotter_viewers", .help = "Viewers connected."};
const description loop{.name = "blotter_loop_worst_seconds",
                       .help = "Longest turn of a loop.",
                       .unit = "seconds",
                       .over_cells = combine::max};
const description flush{
    .name = "blotter_flush_delay_seconds", .help = "Row in to row out.", .unit = "seconds", .per_unit = 1e9};

TEST(registry, lists_families_by_name_with_their_series) {
  registry all;
  all.add_gauge(viewers).set(3);
  all.add_counter(rejects, {{"reason", "not_json"}}).add(2);
  all.add_counter(rejects, {{"reason", "no_key"}}).add();
  all.seal();
  const auto now = all.read();
  ASSERT_EQ(now.size(), 2u);
  EXPECT_EQ(now[0].what.name, "blotter_feed_rejects_total");
  EXPECT_EQ(now[0].kind, metric_kind::counter);
  ASSERT_EQ(now[0].series.size(), 2u);
  EXPECT_EQ(now[0].series[0].labels, (label_set{{"reason", "not_json"}}));
  EXPECT_EQ(now[0].series[0].value, 2);
  EXPECT_EQ(now[0].series[1].value, 1);
  EXPECT_EQ(now[1].what.help, "Viewers connected.");
  EXPECT_EQ(now[1].series[0].value, 3);
}

TEST(registry, adds_up_the_cells_of_several_cores) {
  registry all;
  gauge& first = all.add_gauge(viewers);
  gauge& second = all.add_gauge(viewers);
  EXPECT_NE(&first, &second);
  first.set(3);
  second.set(4);
  all.add_histogram(flush).record(100);
  all.add_histogram(flush).record(300);
  all.seal();
  const auto now = all.read();
  ASSERT_EQ(now[1].series.size(), 1u);
  EXPECT_EQ(now[1].series[0].value, 7);
  EXPECT_EQ(now[0].series[0].spread.count(), 2u);
}

TEST(registry, takes_the_worst_cell_where_that_is_what_matters) {
  registry all;
  all.add_gauge(loop).set(-0.25);
  all.add_gauge(loop).set(-0.5);
  all.seal();
  EXPECT_EQ(all.read()[0].series[0].value, -0.25);
}

TEST(registry, keeps_cells_where_they_are) {
  registry all;
  counter& first = all.add_counter(rejects, {{"reason", "0"}});
  for (std::size_t i = 1; i < series_max; ++i) all.add_counter(rejects, {{"reason", std::to_string(i)}});
  first.add(9);
  all.seal();
  EXPECT_EQ(all.read()[0].series[0].value, 9);
}

using registry_death = testing::Test;

TEST(registry_death, refuses_to_register_once_sealed_and_to_read_before) {
  registry all;
  EXPECT_DEATH(all.read(), "check failed");
  all.seal();
  EXPECT_DEATH(all.add_gauge(viewers), "check failed");
}

TEST(registry_death, refuses_names_that_break_the_rules) {
  registry all;
  EXPECT_DEATH(all.add_counter(viewers), "check failed");
  EXPECT_DEATH(all.add_gauge(rejects), "check failed");
  EXPECT_DEATH(all.add_gauge({.name = "viewers", .help = "x"}), "check failed");
  EXPECT_DEATH(all.add_gauge({.name = "blotter_Viewers", .help = "x"}), "check failed");
  EXPECT_DEATH(all.add_gauge({.name = "blotter_viewers", .help = ""}), "check failed");
  EXPECT_DEATH(all.add_gauge({.name = "blotter_age", .help = "x", .unit = "seconds"}), "check failed");
}

TEST(registry_death, refuses_one_name_with_two_meanings) {
  registry all;
  all.add_gauge(viewers);
  EXPECT_DEATH(all.add_gauge({.name = "blotter_viewers", .help = "Other."}), "check failed");
  EXPECT_DEATH(all.add_histogram(viewers), "check failed");
  EXPECT_DEATH(all.add_gauge(viewers, {{"core", "0"}}), "check failed");
}

TEST(registry_death, refuses_more_series_than_a_family_may_have) {
  registry all;
  for (std::size_t i = 0; i < series_max; ++i) all.add_counter(rejects, {{"reason", std::to_string(i)}});
  EXPECT_DEATH(all.add_counter(rejects, {{"reason", "one more"}}), "check failed");
}

}  // namespace
}  // namespace blotter::metrics
