#include <benchmark/benchmark.h>

#include <vector>

#include "scale/autoscaler.hpp"

namespace blotter::scale {
namespace {

/// Looks of which each is a decision, over so many nodes with a history of four weeks.
void decide(benchmark::State& state) {
  load_history history;
  for (int day = 0; day < 28; ++day)
    for (int minute = 0; minute < 24 * 60; minute += 5)
      history.add(local_minute(std::chrono::days(20'000 + day)) + std::chrono::minutes(minute), 500);
  scale_settings settings;
  settings.nodes_max = 2'000;
  settings.period = milliseconds(1'000);
  settings.days.peaks = {*parse_peak("sun-sat 00:00-24:00 10")};
  autoscaler one(settings, history);
  std::vector<seen_node> nodes;
  for (int i = 0; i < state.range(0); ++i) {
    seen_node each{.id = *directory::member_id::parse("node-" + std::to_string(i))};
    each.load = {.number = 1, .busy = 0.5, .viewers = 1'000, .flush_delay = milliseconds(i % 50)};
    nodes.push_back(each);
  }
  instant now = instant(std::chrono::hours(1));
  wall_time wall = wall_time(std::chrono::days(20'030));
  for (auto _ : state) {
    now += std::chrono::seconds(1);
    wall += std::chrono::seconds(1);
    for (seen_node& each : nodes) ++each.load.number;
    benchmark::DoNotOptimize(one.look({.now = now, .wall = wall, .nodes = nodes}));
  }
}
BENCHMARK(decide)->Arg(10)->Arg(1'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace blotter::scale
