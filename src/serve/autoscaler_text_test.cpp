#include "serve/autoscaler_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.hpp"
#include "serve/autoscaler_cells.hpp"
#include "serve/autoscaler_settings.hpp"
#include "serve/settings.hpp"

namespace blotter::serve {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

config::settings given(std::vector<std::string> arguments) {
  const config::table all{{{"autoscaler", "", "", "", ""}}, settings_table()};
  return config::load(all, "autoscaler", {std::move(arguments), {}});
}

std::string refusal(std::vector<std::string> arguments) {
  try {
    (void)scale_settings_of(given(std::move(arguments)));
  } catch (const config::refused& problem) {
    return problem.problems().front().source + ": " + problem.problems().front().text;
  }
  return "";
}

TEST(autoscaler_settings, are_those_of_the_core_by_default) {
  const scale::scale_settings made = scale_settings_of(given({}));
  const scale::scale_settings core;
  EXPECT_EQ(made.nodes_min, core.nodes_min);
  EXPECT_EQ(made.nodes_max, core.nodes_max);
  EXPECT_EQ(made.target, core.target);
  EXPECT_EQ(made.freshness_objective, core.freshness_objective);
  EXPECT_EQ(made.period, core.period);
  EXPECT_EQ(made.calm_time, core.calm_time);
  EXPECT_EQ(made.drain_period, core.drain_period);
  EXPECT_EQ(made.warm_up, core.warm_up);
  EXPECT_EQ(made.start_timeout, core.start_timeout);
  EXPECT_EQ(made.drain_timeout, core.drain_timeout);
  EXPECT_EQ(made.report_age_max, core.report_age_max);
  EXPECT_EQ(made.trend_window, core.trend_window);
  EXPECT_EQ(made.lead, core.lead);
  EXPECT_EQ(made.comparable_days, core.comparable_days);
  EXPECT_EQ(made.history_factor, core.history_factor);
}

TEST(autoscaler_settings, know_peaks_and_holidays) {
  const scale::scale_settings made =
      scale_settings_of(given({"--peak", "mon-fri 09:30-10:00", "--peak", "sat,sun 20:00-21:00 6",
                               "--holiday", "2026-12-25,2027-01-01"}));
  ASSERT_EQ(made.days.peaks.size(), 2u);
  EXPECT_EQ(made.days.peaks[1].nodes, 6u);
  EXPECT_EQ(made.days.holidays.size(), 2u);
}

TEST(autoscaler_settings, refuse_what_can_never_be) {
  EXPECT_EQ(refusal({"--min", "5", "--max", "4"}),
            "autoscaler: the minimum of 5 nodes is over the maximum of 4");
  EXPECT_THAT(refusal({"--budget", "1", "--cost", "0.9"}), HasSubstr("pays for 1 nodes"));
  EXPECT_EQ(refusal({"--actuator", "command"}), "--command: is needed by --actuator command");
  EXPECT_THAT(refusal({"--peak", "noon"}), HasSubstr("must be days, times and, where known, nodes"));
  EXPECT_THAT(refusal({"--holiday", "2026-02-30"}), HasSubstr("must be a day that exists"));
}

TEST(autoscaler_text, shows_the_last_decision_and_what_was_used) {
  scale::autoscaler one({});
  scale::seen_node nodes[] = {{.id = *directory::member_id::parse("a")},
                              {.id = *directory::member_id::parse("b")}};
  std::optional<scale::decision> made;
  for (int i = 0; i < 16; ++i) {
    for (auto& each : nodes) each.load = {.number = 1u + static_cast<unsigned>(i), .busy = 0.6};
    made = one.look({.now = instant(1h + i * 1s), .wall = wall_time(42ms), .nodes = nodes});
  }
  ASSERT_TRUE(made);
  const std::string text =
      autoscaler_text(one, *made, {.is = scale::actuator::standing::phase::failing, .text = "no"});
  EXPECT_THAT(text,
              HasSubstr("\"last\":{\"number\":1,\"at\":42,\"what\":\"grow\",\"cause\":\"load\",\"wanted\":3,"
                        "\"unbounded\":3,\"serving\":2,\"awaited\":1,\"leaving\":0,\"load\":1.2,"));
  EXPECT_THAT(text, HasSubstr("\"reason\":\"from 2 to 3: a load of 1.20 nodes needs 3\"}"));
  EXPECT_THAT(text, HasSubstr("\"over_foresight\":0.6667"));
  EXPECT_THAT(text,
              HasSubstr("\"actuator\":{\"state\":\"failing\",\"text\":\"no\",\"failures\":0,\"orders\":0}}"));
}

TEST(autoscaler_cells, count_decisions_by_their_cause) {
  metrics::registry all;
  autoscaler_cells cells(all);
  all.seal();
  scale::decision made;
  made.why = scale::cause::trend;
  made.ordered.wanted = 5;
  cells.decided(made);
  cells.publish(scale::autoscaler({}), {});
  double trends = 0;
  for (const auto& family : all.read())
    for (const auto& each : family.series)
      if (family.what.name == "blotter_scale_decisions_total" && each.labels.front().second == "trend")
        trends = each.value;
  EXPECT_EQ(trends, 1);
}

}  // namespace
}  // namespace blotter::serve
