#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "table/table_set.hpp"

// Applying and reading with 1 M rows of 200 B resident, in random order: the cost of a real system is cache
// misses.

namespace blotter::table {
namespace {

constexpr std::uint32_t rows_total = 1'000'000;
constexpr std::size_t value_size = 200;
constexpr std::uint32_t partitions = 12;

struct names {
  names(std::uint32_t clients, std::uint32_t rows_each) {
    for (std::uint32_t c = 0; c < clients; ++c) clients_.push_back("client-" + std::to_string(100'000 + c));
    for (std::uint32_t r = 0; r < rows_each; ++r) keys_.push_back("TICK" + std::to_string(r));
  }
  row_change change(std::uint32_t row, record_offset offset, std::string_view value) const {
    const auto rows_each = static_cast<std::uint32_t>(keys_.size());
    return {clients_[row / rows_each],
            keys_[row % rows_each],
            value,
            {row % partitions, offset},
            {},
            change_kind::put,
            nullptr};
  }
  std::vector<std::string> clients_;
  std::vector<std::string> keys_;
};

struct resident {
  resident(std::uint32_t clients, std::uint32_t rows_each) : all(clients, rows_each), set({.seed = 1}) {
    set.clear(static_cast<generation>(1));
    random_source random(1);
    std::vector<std::uint32_t> order(rows_total);
    for (std::uint32_t i = 0; i < rows_total; ++i) order[i] = i;
    for (std::uint32_t i = rows_total - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
    const std::string value(value_size, 'x');
    heap_before = ::mallinfo2().uordblks + ::mallinfo2().hblkhd;
    for (const std::uint32_t row : order) {
      const row_change one = all.change(row, ++offset, value);
      set.apply({&one, 1}, [](table_id) {});
    }
    heap_after = ::mallinfo2().uordblks + ::mallinfo2().hblkhd;
  }
  names all;
  table_set set;
  record_offset offset = 0;
  std::size_t heap_before = 0;
  std::size_t heap_after = 0;
};

resident& shared(std::uint32_t clients, std::uint32_t rows_each) {
  static std::unique_ptr<resident> kept;
  static std::uint32_t kept_clients = 0;
  if (kept_clients != clients) {
    kept.reset();
    kept = std::make_unique<resident>(clients, rows_each);
    kept_clients = clients;
  }
  return *kept;
}

/// A batch as a feed makes it: names and values one behind the other in one piece of memory.
class batch_maker {
 public:
  explicit batch_maker(std::size_t size) : changes(size), text_(size * (value_size + 40)) {}

  void fill(resident& world, random_source& random) {
    char* at = text_.data();
    const auto keep = [&](std::string_view text) {
      std::memcpy(at, text.data(), text.size());
      at += text.size();
      return std::string_view(at - text.size(), text.size());
    };
    const std::string value(value_size, 'y');
    for (row_change& each : changes) {
      each = world.all.change(static_cast<std::uint32_t>(random.below(rows_total)), ++world.offset, value);
      each.client = keep(each.client);
      each.key = keep(each.key);
      each.value = keep(each.value);
    }
  }
  std::vector<row_change> changes;

 private:
  std::vector<char> text_;
};

void apply_resident(benchmark::State& state, std::size_t batch) {
  resident& world =
      shared(static_cast<std::uint32_t>(state.range(0)), static_cast<std::uint32_t>(state.range(1)));
  random_source random(2);
  batch_maker made(batch);
  std::size_t changed = 0;
  for (auto _ : state) {
    state.PauseTiming();
    made.fill(world, random);
    state.ResumeTiming();
    world.set.apply(made.changes, [&](table_id) { ++changed; });
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(changed));
  state.counters["B/row beyond key and value"] =
      (static_cast<double>(world.heap_after - world.heap_before) / rows_total) - value_size -
      static_cast<double>(world.all.keys_.back().size());
}
void apply_in_batches(benchmark::State& state) {
  apply_resident(state, 1024);
}
BENCHMARK(apply_in_batches)->Args({10'000, 100})->Args({50'000, 20})->Unit(benchmark::kMillisecond);

void walk(benchmark::State& state, bool cold) {
  resident& world = shared(10'000, 100);
  std::size_t rows = 0;
  std::uint32_t client = 0;
  std::int64_t sum = 0;
  for (auto _ : state) {
    const table_id id = world.set.find(world.all.clients_[cold ? client++ % 10'000 : 0]);
    cursor at = world.set.start(id);
    world.set.read(id, at, {1'000'000, 1'000'000'000}, [&](const row_view& row) {
      ++rows;
      sum += row.at.offset;
      return std::size_t{1};
    });
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(static_cast<std::int64_t>(rows));
}
void walk_in_cache(benchmark::State& state) {
  walk(state, false);
}
void walk_cold(benchmark::State& state) {
  walk(state, true);
}
BENCHMARK(walk_in_cache);
BENCHMARK(walk_cold);

}  // namespace
}  // namespace blotter::table
