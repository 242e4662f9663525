#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "feed/record.hpp"

namespace blotter::feed {
namespace {

struct text_record {
  std::string key, value;
};

std::vector<text_record> positions(std::size_t count) {
  std::vector<text_record> all;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string client = "c" + std::to_string(i % 97);
    const std::string ticker = "T" + std::to_string(i % 1013);
    all.push_back({client + "_" + ticker,
                   R"({"clientId":")" + client + R"(","ticker":")" + ticker + R"(","quantity":)" +
                       std::to_string(i * 37 % 5000) + R"(,"price":)" + std::to_string(10 + i % 900) + "." +
                       std::to_string(10 + i % 90) +
                       R"(,"market_value":18725.0,"price_last_updated":"2026-11-22T11:12:13.123Z",)"
                       R"("holding_last_updated":"2026-11-20T09:30:00.000Z"})"});
  }
  return all;
}

void record_to_row_change(benchmark::State& state) {
  const auto records = positions(4096);
  record_parser parser{record_mapping{}};
  std::size_t at = 0, bytes = 0;
  change_batch batch;
  batch.changes.reserve(batch_changes_max);
  for (auto _ : state) {
    const auto& each = records[at++ % records.size()];
    const auto why = parser.parse({each.key, each.value, 3, static_cast<std::int64_t>(at), {}}, batch);
    if (why) state.SkipWithError("refused");
    bytes += each.value.size();
    if (batch.full()) {
      batch = {};
      batch.changes.reserve(batch_changes_max);
    }
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(record_to_row_change);

void line_to_row_change(benchmark::State& state) {
  auto records = positions(4096);
  if (state.range(0) == 1) {
    for (auto& each : records) each.value = R"({"key":")" + each.key + R"(","value":)" + each.value + "}";
  }
  record_parser parser{record_mapping{}};
  std::size_t at = 0;
  change_batch batch;
  for (auto _ : state) {
    const auto& each = records[at++ % records.size()];
    const auto why = parser.parse_line({{}, each.value, 0, static_cast<std::int64_t>(at), {}}, batch);
    if (why) state.SkipWithError("refused");
    if (batch.full()) batch = {};
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(line_to_row_change)->ArgName("key_and_value")->Arg(0)->Arg(1);

}  // namespace
}  // namespace blotter::feed
