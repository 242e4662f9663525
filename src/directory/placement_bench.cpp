#include <benchmark/benchmark.h>

#include <string>

#include "directory/placement.hpp"

namespace blotter::directory {
namespace {

// What a gateway does for each client that it has no placement of.
void choose(benchmark::State& state) {
  placement nodes({});
  std::vector<member> members;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    members.push_back({.id = member_id::parse("node-" + std::to_string(i)).value(),
                       .roles = {role::node},
                       .stage = stage::serving,
                       .load = {.number = 1, .busy = 0.3, .viewers = 1'000}});
  const instant now{std::chrono::hours(1)};
  nodes.see(members, now);
  int client = 0;
  for (auto _ : state) benchmark::DoNotOptimize(nodes.choose("client" + std::to_string(++client), now));
}

BENCHMARK(choose)->Arg(3)->Arg(50);

}  // namespace
}  // namespace blotter::directory
