#include <benchmark/benchmark.h>

#include <string>

#include "directory/partitions.hpp"

namespace blotter::directory {
namespace {

// What each router does when one joins or leaves.
void assign(benchmark::State& state) {
  std::vector<partition_taker> routers;
  for (std::int64_t i = 0; i < state.range(1); ++i)
    routers.push_back({member_id::parse("router-" + std::to_string(i)).value()});
  for (auto _ : state)
    benchmark::DoNotOptimize(assign_partitions(static_cast<std::uint32_t>(state.range(0)), 2, routers));
}

BENCHMARK(assign)->Args({64, 5})->Args({1'000, 20})->Args({16'384, 50})->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace blotter::directory
