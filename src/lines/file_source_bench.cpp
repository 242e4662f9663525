#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "lines/file_source.hpp"

namespace blotter::lines {
namespace {

struct counting : feed::outlet {
  bool put(feed::event what) override {
    if (const auto* const batch = std::get_if<feed::change_batch>(&what)) {
      rows.fetch_add(batch->changes.size());
      rows.notify_all();
    }
    return true;
  }
  std::atomic<std::size_t> rows{0};
};

/// From the write of a line to its row at the outlet, one line at a time.
void appended_line_to_outlet(benchmark::State& state) {
  std::string path = (std::filesystem::temp_directory_path() / "blotter-bench-XXXXXX").string();
  const descriptor file(::mkstemp(path.data()));
  const std::string line = R"({"clientId":"c1","ticker":"AAPL","quantity":100,"price":187.25})"
                           "\n";
  feed::reject_ledger rejects;
  counting out;
  file_options options;
  options.path = path;
  file_source source(options, rejects, out);
  std::size_t written = 0;
  auto append_and_wait = [&] {
    if (::write(file.get(), line.data(), line.size()) < 0) std::abort();
    ++written;
    for (auto rows = out.rows.load(); rows < written; rows = out.rows.load()) out.rows.wait(rows);
  };
  source.start();
  append_and_wait();
  for (auto _ : state) append_and_wait();
  source.stop();
  ::unlink(path.c_str());
}
BENCHMARK(appended_line_to_outlet)->UseRealTime()->Iterations(5000);

}  // namespace
}  // namespace blotter::lines
