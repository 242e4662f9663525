// Loading a topic with the source, beside a bare loop of librdkafka over the same topic in the same run.
// Needs a broker: BENCH_KAFKA=HOST:PORT. Makes the topic `blotter-load-bench` there, 1,000,000 rows
// of 200 bytes in 12 partitions (BLOTTER_BENCH_ROWS for another number), once.

#include <benchmark/benchmark.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "base/check.hpp"
#include "kafka/kafka_source.hpp"
#include "kafka/kafka_writer.hpp"

namespace blotter::kafka {
namespace {

constexpr std::uint32_t partitions = 12;
constexpr const char* topic = "blotter-load-bench";

// Stands for a router that costs nothing, and knows when all is loaded.
class load_end : public feed::outlet {
 public:
  bool put(feed::event what) override {
    if (const auto* batch = std::get_if<feed::change_batch>(&what)) rows_ += batch->changes.size();
    if (!std::holds_alternative<feed::partition_caught_up>(what)) return true;
    const std::lock_guard lock(mutex_);
    ++caught_up_;
    changed_.notify_one();
    return true;
  }
  std::uint64_t wait(std::uint32_t parts) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, parts] { return caught_up_ == parts; });
    return rows_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint32_t caught_up_ = 0;
  std::uint64_t rows_ = 0;
};

class quiet : public client_listener {
  void on_error(rd_kafka_resp_err_t, std::string_view) override {}
  void on_log(int, std::string_view) override {}
};

std::uint64_t rows_wanted() {
  const char* text = std::getenv("BLOTTER_BENCH_ROWS");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 1'000'000;
}

kafka_options options() {
  kafka_options made;
  made.brokers = parse_brokers(std::getenv("BENCH_KAFKA")).value();
  made.topic = topic;
  return made;
}

// Offsets at which each partition ends, once the topic has all rows; they are written the first time.
std::vector<table::record_offset> prepared_topic() {
  static const auto ends = [] {
    writer_options to;
    to.brokers = options().brokers;
    to.topic = topic;
    kafka_writer writer(std::move(to));
    writer.ensure_topic(partitions, milliseconds(10'000));
    const wake_signal news;
    topic_watch watch(options(), news);
    watch.start();
    const auto look = [&] {
      for (;;) {
        news.wait(milliseconds(5000));
        const auto view = watch.latest();
        if (view && view->is == topic_view::state::known) return view->ends;
      }
    };
    std::uint64_t rows = 0;
    for (const auto end : look()) rows += static_cast<std::uint64_t>(end);
    const auto began = std::chrono::steady_clock::now();
    const std::uint64_t missing = rows < rows_wanted() ? rows_wanted() - rows : 0;
    for (std::uint64_t row = rows; row < rows_wanted(); ++row) {
      char text[256];
      const auto client = static_cast<unsigned>(row / 100);
      const auto stock = static_cast<unsigned>(row % 100);
      const int key = std::snprintf(text, 32, "client%u_STOCK%02u", client, stock);
      const std::string_view name(text, static_cast<std::size_t>(key));
      const int value = std::snprintf(
          text + 32, sizeof text - 32,
          R"({"clientId":"client%u","ticker":"STOCK%02u","quantity":%u,"price":123.4500,"market_value":%u.45,)"
          R"("price_last_updated":"2026-01-01T00:00:00Z","holding_last_updated":"2026-01-01T00:00:00Z"})",
          client, stock, stock * 10, stock * 1234);
      writer.write(name, std::string_view(text + 32, static_cast<std::size_t>(value)));
    }
    writer.flush(milliseconds(60'000));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    if (missing != 0) {
      std::printf("wrote %llu rows, %.0f rows/s\n", static_cast<unsigned long long>(missing),
                  static_cast<double>(missing) / took.count());
    }
    std::vector<table::record_offset> found;
    for (std::uint64_t all = 0; all < rows_wanted();) {
      watch.look();
      found = look();
      all = 0;
      for (const auto end : found) all += static_cast<std::uint64_t>(end);
    }
    return found;
  }();
  return ends;
}

// Consumes everything and looks at none of it: what the library alone can do on this machine now.
std::chrono::duration<double> bare_loop(const std::vector<table::record_offset>& ends) {
  const auto began = std::chrono::steady_clock::now();
  quiet listener;
  const wake_signal wake;
  log_reader log(consumer_properties(options()), listener, topic, wake);
  check(log.open(5000) == RD_KAFKA_RESP_ERR_NO_ERROR);
  for (table::partition_id p = 0; p < ends.size(); ++p) check(log.start(p, 0) == RD_KAFKA_RESP_ERR_NO_ERROR);
  std::vector<bool> ended(ends.size());
  for (std::size_t left = ends.size(); left > 0; wake.wait(milliseconds(100))) {
    for (std::size_t taken = log_reader::batch_size_max; taken == log_reader::batch_size_max;) {
      const auto messages = log.take();
      taken = messages.size();
      for (const auto* message : messages) {
        const auto p = static_cast<std::size_t>(message->partition);
        const bool is_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        if (ended[p] || !(is_end || message->offset + 1 >= ends[p])) continue;
        ended[p] = true;
        --left;
      }
    }
  }
  return std::chrono::steady_clock::now() - began;
}

// From nothing to all partitions caught up: connecting, asking who the topic is, reading, parsing every row.
std::chrono::duration<double> load_by_source(std::uint32_t parts, std::uint64_t& rows) {
  const auto began = std::chrono::steady_clock::now();
  load_end end;
  feed::reject_ledger rejects;
  kafka_source source(options(), {}, rejects, end);
  if (parts < partitions) source.assign(table::partition_set::first(parts), {});
  source.start();
  rows = end.wait(parts);
  return std::chrono::steady_clock::now() - began;
}

// One after the other, again and again, so that what else the machine does falls on both.
void load_beside_a_bare_loop(benchmark::State& state) {
  if (std::getenv("BENCH_KAFKA") == nullptr) {
    return state.SkipWithError("set BENCH_KAFKA=HOST:PORT to a Kafka broker to measure loading");
  }
  const auto ends = prepared_topic();
  std::chrono::duration<double> bare{0};
  std::chrono::duration<double> load{0};
  double rows = 0;
  for (auto _ : state) {
    bare += bare_loop(ends);
    std::uint64_t loaded = 0;
    const auto took = load_by_source(partitions, loaded);
    check(loaded == rows_wanted());
    load += took;
    state.SetIterationTime(took.count());
    rows += static_cast<double>(rows_wanted());
  }
  state.counters["bare_rows/s"] = rows / bare.count();
  state.counters["load_rows/s"] = rows / load.count();
  state.counters["load_of_bare"] = bare.count() / load.count();
}

// What a router that holds some of the partitions waits for, beside one that holds all.
void load_of_some_partitions_beside_all(benchmark::State& state) {
  if (std::getenv("BENCH_KAFKA") == nullptr) {
    return state.SkipWithError("set BENCH_KAFKA=HOST:PORT to a Kafka broker to measure loading");
  }
  prepared_topic();
  std::chrono::duration<double> all{0};
  std::chrono::duration<double> some{0};
  double rows_of_all = 0;
  double rows_of_some = 0;
  for (auto _ : state) {
    std::uint64_t loaded = 0;
    all += load_by_source(partitions, loaded);
    rows_of_all += static_cast<double>(loaded);
    const auto took = load_by_source(static_cast<std::uint32_t>(state.range(0)), loaded);
    some += took;
    rows_of_some += static_cast<double>(loaded);
    state.SetIterationTime(took.count());
  }
  state.counters["part_of_rows"] = rows_of_some / rows_of_all;
  state.counters["part_of_time"] = some.count() / all.count();
}

BENCHMARK(load_of_some_partitions_beside_all)
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime()
    ->Arg(6)
    ->Arg(2)
    ->Iterations(3);

BENCHMARK(load_beside_a_bare_loop)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(5);

}  // namespace
}  // namespace blotter::kafka
