#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include "failures.hpp"

// What viewers behind a gateway feel of a failure: a node killed, a node stopped, one at a tenth of its
// speed, and the gateway itself killed, so that everybody comes back at once by another. Broker, topic and
// Hazelcast members must be there: bench/on_cluster.py brings them.
//
//   bench_failover build/blotter HOST:PORT TOPIC GRID [viewers 10000] [rows/s 10000] [node cores 1]

namespace {

std::size_t viewers_of(const bench::readers& all, const std::string& member) {
  return static_cast<std::size_t>(
      std::ranges::count(all.stories, member, [](const auto& each) { return each.member; }));
}

/// Stopped and continued in turn until its viewers are elsewhere, for 20 s at most.
void measure_slow(bench::readers& all, const bench::child& node, const std::string& member) {
  bench::begin_again(all);
  const std::size_t viewers = viewers_of(all, member);
  const auto members = bench::members_of(all);
  const std::int64_t began = bench::now_us();
  while (viewers_of(all, member) > 0 && bench::now_us() - began < 20'000'000) {
    node.send(SIGSTOP);
    all.run(0.09);
    node.send(SIGCONT);
    all.run(0.01);
  }
  const double took = static_cast<double>(bench::now_us() - began) / 1e6;
  all.run(2);
  auto worst = bench::worst_of(all, members, member);
  std::printf(
      "a node at a tenth of its speed, %zu viewers: %zu left there after %.1f s; latest row of each: %s\n",
      viewers, viewers_of(all, member), took, bench::spread(worst).c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr,
                 "usage: bench_failover build/blotter HOST:PORT TOPIC GRID [viewers 10000] [rows/s 10000] "
                 "[node cores 1]\n");
    return 2;
  }
  const std::string binary = argv[1], brokers = argv[2], topic = argv[3], grid = argv[4];
  const auto viewers = static_cast<unsigned>(argc > 5 ? std::stoul(argv[5]) : 10'000);
  const double rate = argc > 6 ? std::stod(argv[6]) : 10'000;
  const std::string cores = argc > 7 ? argv[7] : "1";

  const auto started = [&](std::vector<std::string> words) {
    return bench::start_member(binary, grid, std::move(words));
  };
  const auto router = started({"router", "--feed", "kafka://" + brokers + "/" + topic});
  std::map<std::string, std::unique_ptr<bench::child>> nodes;
  for (const std::string name : {"n1", "n2", "n3", "n4"})
    nodes[name] = started({"node", "--member", name, "--cores", cores, "--viewers-max", "100000"});
  const std::vector<std::string> gateway{"gateway", "--cores", "1", "--viewers-max", "100000"};
  auto first = started(gateway);
  const auto second = started(gateway);
  usleep(4'000'000);

  const double before = first->resident_kib();
  bench::readers all(bench::port_of(*first), viewers, bench::events_path);
  all.following = true;
  all.run(60, [&] { return all.live == viewers; });
  std::printf("%u of %u viewers live, %.2f KiB of the gateway for each\n", all.live, viewers,
              (first->resident_kib() - before) / viewers);

  std::atomic<std::uint64_t> produced{0};
  std::atomic<bool> stop{false};
  std::thread producer([&] { bench::produce(brokers, topic, viewers, rate, 3600, produced, &stop); });
  all.run(5);
  all.timing = true;
  bench::measure("a node is killed", all, "n1", [&] { nodes["n1"]->end(); });
  bench::measure("a node is stopped", all, "n2", [&] { nodes["n2"]->send(SIGSTOP); });
  nodes["n2"]->send(SIGCONT);
  all.run(15);  // it gets no new client for a while after
  measure_slow(all, *nodes["n4"], "n4");

  first->end();
  bench::begin_again(all);
  const std::int64_t began = bench::now_us();
  all.reconnect(bench::port_of(*second));
  all.run(60, [&] { return all.live == viewers; });
  unsigned resets = 0;
  for (const auto& each : all.stories) resets += each.resets;
  std::printf("the gateway is killed: %u of %u viewers live by another after %.2f s, %u resets\n", all.live,
              viewers, static_cast<double>(bench::now_us() - began) / 1e6, resets);
  stop = true;
  producer.join();
}
