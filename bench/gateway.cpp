#include <atomic>
#include <memory>
#include <thread>

#include "child.hpp"
#include "producer.hpp"
#include "readers.hpp"

// What a gateway adds: from produce() to the viewer at a node and through a gateway before it, in turns, of
// the same rows in the same run; and the processor time of each for a row. Broker, topic and Hazelcast
// members must be there: bench/gateway.py brings them.
//
//   bench_gateway build/blotter HOST:PORT TOPIC GRID [viewers 1000] [rows/s 20000] [seconds a turn 4]

namespace {

struct sum {
  std::vector<std::int64_t> delays;
  std::uint64_t rows = 0;
  double node_cpu = 0;
  double gateway_cpu = 0;
};

std::string path(unsigned i) {
  char text[64];
  std::snprintf(text, sizeof text, "/v1/clients/client-%04u/events?beat=30", i + 1);
  return text;
}

void report(const char* name, sum& of) {
  const auto a_row = [&](double cpu) { return of.rows ? cpu / static_cast<double>(of.rows) * 1e6 : 0; };
  std::printf("%-16s %s; %llu rows, CPU a row: node %.2f us, gateway %.2f us\n", name,
              bench::spread(of.delays).c_str(), static_cast<unsigned long long>(of.rows), a_row(of.node_cpu),
              a_row(of.gateway_cpu));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr,
                 "usage: bench_gateway build/blotter HOST:PORT TOPIC GRID [viewers 1000] [rows/s 20000] "
                 "[seconds a turn 4]\n");
    return 2;
  }
  const std::string binary = argv[1], brokers = argv[2], topic = argv[3], grid = argv[4];
  const auto viewers = static_cast<unsigned>(argc > 5 ? std::stoul(argv[5]) : 1000);
  const double rate = argc > 6 ? std::stod(argv[6]) : 20000;
  const double seconds = argc > 7 ? std::stod(argv[7]) : 4;
  constexpr int turns = 3;

  const std::vector<std::string> common{"--directory", grid, "--http", "127.0.0.1:0"};
  const auto started = [&](std::vector<std::string> words) {
    words.insert(words.end(), common.begin(), common.end());
    return std::make_unique<bench::child>(words, "listening on http://");
  };
  const auto port_of = [](const bench::child& one) {
    const std::string text = one.said().substr(0, one.said().find(','));
    return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
  };
  const auto router = started({binary, "router", "--feed", "kafka://" + brokers + "/" + topic});
  const auto node = started({binary, "node", "--cores", "1"});
  const auto gateway = started({binary, "gateway", "--cores", "1"});
  usleep(4'000'000);

  std::atomic<std::uint64_t> produced{0};
  std::atomic<bool> stop{false};
  std::thread producer([&] { bench::produce(brokers, topic, viewers, rate, 3600, produced, &stop); });
  sum direct, through;
  for (int turn = 0; turn < 2 * turns; ++turn) {
    const bool by_gateway = turn % 2 == 1;
    bench::readers all(port_of(by_gateway ? *gateway : *node), viewers, path);
    all.run(20, [&] { return all.live == viewers; });
    all.run(1);  // warm-up
    all.timing = true;
    const std::uint64_t rows = all.rows;
    const double node_cpu = node->cpu_seconds(), gateway_cpu = gateway->cpu_seconds();
    all.run(seconds);
    sum& mine = by_gateway ? through : direct;
    mine.node_cpu += node->cpu_seconds() - node_cpu;
    mine.gateway_cpu += gateway->cpu_seconds() - gateway_cpu;
    mine.rows += all.rows - rows;
    mine.delays.insert(mine.delays.end(), all.delays.begin(), all.delays.end());
    if (all.live < viewers || all.broken > 0)
      std::printf("%u of %u viewers live, %u broken\n", all.live, viewers, all.broken);
  }
  stop = true;
  producer.join();
  std::printf("%u viewers, %.0f rows/s, %d turns of %.0f s each\n", viewers, rate, turns, seconds);
  report("at the node:", direct);
  report("by the gateway:", through);
}
