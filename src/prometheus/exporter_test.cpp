#include "prometheus/exporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "metrics/registry.hpp"

namespace blotter::prometheus {
namespace {

using testing::HasSubstr;

TEST(exporter, writes_help_type_and_value) {
  metrics::registry all;
  all.add_gauge({.name = "blotter_viewers", .help = "Viewers connected."}).set(3);
  all.add_counter({.name = "blotter_feed_rejects_total", .help = "Records refused, by reason."},
                  {{"reason", "not_json"}})
      .add(2);
  all.seal();
  EXPECT_EQ(to_text(all),
            "# HELP blotter_feed_rejects_total Records refused, by reason.\n"
            "# TYPE blotter_feed_rejects_total counter\n"
            "blotter_feed_rejects_total{reason=\"not_json\"} 2\n"
            "# HELP blotter_viewers Viewers connected.\n"
            "# TYPE blotter_viewers gauge\n"
            "blotter_viewers 3\n");
}

TEST(exporter, keeps_large_counters_exact) {
  metrics::registry all;
  all.add_counter({.name = "blotter_rows_total", .help = "Rows."}).add(123'456'789'012'345);
  all.seal();
  EXPECT_THAT(to_text(all), HasSubstr("blotter_rows_total 123456789012345\n"));
}

TEST(exporter, escapes_what_would_break_a_line) {
  metrics::registry all;
  all.add_gauge({.name = "blotter_up", .help = "Up."}, {{"member", "a\"b\\c\nd"}}).set(1);
  all.seal();
  EXPECT_THAT(to_text(all), HasSubstr(R"(blotter_up{member="a\"b\\c\nd"} 1)"));
}

TEST(exporter, gives_a_histogram_in_its_unit_with_growing_counts) {
  metrics::registry all;
  auto& delays = all.add_histogram({.name = "blotter_flush_delay_seconds",
                                    .help = "Row in to row out.",
                                    .unit = "seconds",
                                    .per_unit = 1e9});
  delays.record(1'024);                // 1.024 us, on a bound
  delays.record(1'025);                // just past it
  delays.record(500'000'000'000'000);  // far beyond the last bound
  all.seal();
  const std::string text = to_text(all);
  EXPECT_THAT(text, HasSubstr("# TYPE blotter_flush_delay_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("blotter_flush_delay_seconds_bucket{le=\"1.024e-06\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("blotter_flush_delay_seconds_bucket{le=\"2.048e-06\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("blotter_flush_delay_seconds_bucket{le=\"68.719476736\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("blotter_flush_delay_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("blotter_flush_delay_seconds_count 3\n"));
}

TEST(exporter, gives_a_histogram_of_plain_numbers_from_one_on) {
  metrics::registry all;
  auto& sizes = all.add_histogram({.name = "blotter_flush_rows", .help = "Rows a flush."});
  for (const std::uint64_t rows : {1u, 1u, 2u, 3u}) sizes.record(rows);
  all.seal();
  const std::string text = to_text(all);
  EXPECT_THAT(text, HasSubstr("blotter_flush_rows_bucket{le=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("blotter_flush_rows_bucket{le=\"2\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("blotter_flush_rows_bucket{le=\"4\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("blotter_flush_rows_sum 7\n"));
}

}  // namespace
}  // namespace blotter::prometheus
