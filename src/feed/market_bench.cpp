#include <benchmark/benchmark.h>

#include "feed/market.hpp"

namespace blotter::feed {
namespace {

void market_tick(benchmark::State& state) {
  market one({.seed = 1, .clients = 10'000, .rows = 20, .rate = 10'000'000});
  const wall_time start(milliseconds(1'795'345'933'123));
  while (!one.snapshot_given()) one.next(start);
  // In virtual time: each asks for the record that is due next.
  for (auto _ : state) benchmark::DoNotOptimize(one.next(one.due()));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(market_tick);

}  // namespace
}  // namespace blotter::feed
