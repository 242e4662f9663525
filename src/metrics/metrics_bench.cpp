#include <benchmark/benchmark.h>

#include <memory>

#include "base/random.hpp"
#include "metrics/histogram.hpp"
#include "metrics/registry.hpp"

namespace blotter::metrics {
namespace {

void counter_add(benchmark::State& state) {
  counter rows;
  for (auto _ : state) {
    rows.add();
    benchmark::ClobberMemory();
  }
}
BENCHMARK(counter_add);

void histogram_record(benchmark::State& state) {
  const auto delays = std::make_unique<histogram>();
  random_source chance(1);
  std::array<std::uint64_t, 1024> values;
  for (auto& value : values) value = chance.next() >> (30 + chance.below(30));
  std::size_t i = 0;
  for (auto _ : state) {
    delays->record(values[i++ % values.size()]);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(histogram_record);

void histogram_read_p99(benchmark::State& state) {
  const auto delays = std::make_unique<histogram>();
  random_source chance(1);
  for (int i = 0; i < 10'000; ++i) delays->record(chance.below(1'000'000));
  for (auto _ : state) benchmark::DoNotOptimize(delays->read().quantile(0.99));
}
BENCHMARK(histogram_read_p99);

}  // namespace
}  // namespace blotter::metrics
