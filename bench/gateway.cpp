#include <atomic>
#include <memory>
#include <thread>

#include "child.hpp"
#include "producer.hpp"
#include "readers.hpp"

// What a gateway adds: from produce() to the viewer at a node, through a gateway before it and through
// HAProxy before it, in turns, of the same rows in the same run; and the processor time of each for a row.
// Broker, topic, Hazelcast members and haproxy must be there: bench/on_cluster.py brings them.
//
//   bench_gateway build/blotter HOST:PORT TOPIC GRID [viewers 1000] [rows/s 20000] [seconds a turn 4]

namespace {

/// A way to the viewers: what stands before the node, if anything.
struct contender {
  const char* name;
  const bench::child* front;
  std::uint16_t port;
  std::vector<std::int64_t> delays = {};
  std::uint64_t rows = 0;
  double node_cpu = 0;
  double front_cpu = 0;
};

std::string path(unsigned i) {
  char text[64];
  std::snprintf(text, sizeof text, "/v1/clients/client-%05u/events?beat=30", i + 1);
  return text;
}

void report(contender& of) {
  const auto a_row = [&](double cpu) { return of.rows ? cpu / static_cast<double>(of.rows) * 1e6 : 0; };
  std::printf("%-16s %s; %llu rows, CPU a row: node %.2f us, before it %.2f us\n", of.name,
              bench::spread(of.delays).c_str(), static_cast<unsigned long long>(of.rows), a_row(of.node_cpu),
              a_row(of.front_cpu));
}

std::uint16_t port_of(const bench::child& one) {
  const std::string text = one.said().substr(0, one.said().find(','));
  return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
}

/// A port that nobody has now.
std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&at), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    std::exit(1);
  close(fd);
  return ntohs(at.sin_port);
}

/// One thread, as the gateway has, and what a stream of events needs.
std::string haproxy_configuration(std::uint16_t from, std::uint16_t to) {
  return "global\n  nbthread 1\n  maxconn 9000\n"
         "defaults\n  mode http\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n"
         "listen front\n  bind 127.0.0.1:" +
         std::to_string(from) + "\n  server node 127.0.0.1:" + std::to_string(to) + "\n";
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

  const auto started = [&](std::vector<std::string> words) {
    for (const std::string& each :
         {std::string("--directory"), grid, std::string("--http"), std::string("127.0.0.1:0")})
      words.push_back(each);
    words.insert(words.begin(), binary);
    return std::make_unique<bench::child>(words, "listening on http://");
  };
  const auto router = started({"router", "--feed", "kafka://" + brokers + "/" + topic});
  const auto node = started({"node", "--cores", "1"});
  const auto gateway = started({"gateway", "--cores", "1"});

  const std::uint16_t haproxy_port = free_port();
  char configuration[] = "/tmp/bench_gateway_XXXXXX";
  const int file = mkstemp(configuration);
  const std::string text = haproxy_configuration(haproxy_port, port_of(*node));
  if (write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return 1;
  close(file);
  const bench::child haproxy({"haproxy", "-db", "-f", configuration}, "");
  usleep(3'000'000);
  unlink(configuration);

  std::atomic<std::uint64_t> produced{0};
  std::atomic<bool> stop{false};
  std::thread producer([&] { bench::produce(brokers, topic, viewers, rate, 3600, produced, &stop); });
  std::vector<contender> contenders{{"at the node:", nullptr, port_of(*node)},
                                    {"by the gateway:", gateway.get(), port_of(*gateway)},
                                    {"by HAProxy:", &haproxy, haproxy_port}};
  for (int turn = 0; turn < turns; ++turn) {
    for (contender& mine : contenders) {
      bench::readers all(mine.port, viewers, path);
      all.run(20, [&] { return all.live == viewers; });
      all.run(1);  // warm-up
      all.timing = true;
      const std::uint64_t rows = all.rows;
      const double node_cpu = node->cpu_seconds(), front_cpu = mine.front ? mine.front->cpu_seconds() : 0;
      all.run(seconds);
      mine.node_cpu += node->cpu_seconds() - node_cpu;
      if (mine.front) mine.front_cpu += mine.front->cpu_seconds() - front_cpu;
      mine.rows += all.rows - rows;
      mine.delays.insert(mine.delays.end(), all.delays.begin(), all.delays.end());
      if (all.live < viewers || all.broken > 0)
        std::printf("%s %u of %u viewers live, %u broken\n", mine.name, all.live, viewers, all.broken);
    }
  }
  stop = true;
  producer.join();
  std::printf("%u viewers, %.0f rows/s, %d turns of %.0f s each\n", viewers, rate, turns, seconds);
  for (contender& each : contenders) report(each);
}
