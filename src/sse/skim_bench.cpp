#include <benchmark/benchmark.h>

#include <string>

#include "sse/skim.hpp"

// What a gateway does to each event that it passes on, beside writing it: against reading every byte once.

namespace blotter::sse {
namespace {

std::string rows_event(std::int64_t rows) {
  std::string text = "event: rows\ndata: [";
  for (std::int64_t i = 0; i < rows; ++i)
    text += (i ? "," : "") + std::string("{\"key\":\"TICK") + std::to_string(i) +
            "\",\"v\":[3,1842],\"row\":{\"clientId\":\"client-0001\",\"price\":187.5,\"text\":\"" +
            std::string(120, 'x') + "\"}}";
  return text + "]\nid: 1uxWmocqRus8AYA1uxWmocqRus8AYA\n\n";
}

void skims(benchmark::State& state) {
  const std::string text = rows_event(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(skim(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(skims)->Arg(1)->Arg(10)->Arg(100);

void copies(benchmark::State& state) {
  const std::string text = rows_event(state.range(0));
  std::string to;
  for (auto _ : state) {
    to = text;
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(copies)->Arg(1)->Arg(10)->Arg(100);

}  // namespace
}  // namespace blotter::sse
