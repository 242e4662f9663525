#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include "child.hpp"
#include "producer.hpp"
#include "readers.hpp"

// What viewers behind a gateway feel of a failure: a node killed, a node stopped, one at a tenth of its
// speed, and the gateway itself killed, so that everybody comes back at once by another. Broker, topic and
// Hazelcast members must be there: bench/on_cluster.py brings them.
//
//   bench_failover build/blotter HOST:PORT TOPIC GRID [viewers 10000] [rows/s 10000] [node cores 1]

namespace {

std::string path(unsigned i) {
  char text[64];
  std::snprintf(text, sizeof text, "/v1/clients/client-%05u/events?beat=30", i + 1);
  return text;
}

std::uint16_t port_of(const bench::child& one) {
  const std::string text = one.said().substr(0, one.said().find(','));
  return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
}

/// The longest that a row of each viewer of this member was under way.
std::vector<std::int64_t> worst_of(const bench::readers& all, const std::vector<std::string>& members,
                                   const std::string& member) {
  std::vector<std::int64_t> worst;
  for (unsigned i = 0; i < members.size(); ++i)
    if (members[i] == member && all.stories[i].worst > 0) worst.push_back(all.stories[i].worst);
  return worst;
}

std::vector<std::string> members_of(const bench::readers& all) {
  std::vector<std::string> members;
  for (const auto& each : all.stories) members.push_back(each.member);
  return members;
}

void begin_again(bench::readers& all) {
  for (auto& each : all.stories) each.worst = each.resets = each.stale = 0;
  all.delays.clear();
}

/// `act` upon the node, and five seconds of what follows.
void measure(const char* what, bench::readers& all, const std::string& member, const auto& act) {
  const auto members = members_of(all);
  begin_again(all);
  const unsigned broken = all.broken;
  all.run(3);
  auto before = worst_of(all, members, member);
  begin_again(all);
  act();
  all.run(5);
  auto after = worst_of(all, members, member);
  unsigned resets = 0, stale = 0;
  for (const auto& each : all.stories) resets += each.resets, stale += each.stale;
  std::printf("%s, %zu viewers: latest row of each: %s\n", what, after.size(), bench::spread(after).c_str());
  std::printf("  in three seconds before: %s\n", bench::spread(before).c_str());
  std::printf("  %u connections lost, %u resets, %u told stale\n", all.broken - broken, resets, stale);
  std::fflush(stdout);
}

std::size_t viewers_of(const bench::readers& all, const std::string& member) {
  return static_cast<std::size_t>(
      std::ranges::count(all.stories, member, [](const auto& each) { return each.member; }));
}

/// Stopped and continued in turn until its viewers are elsewhere, for 20 s at most.
void measure_slow(bench::readers& all, const bench::child& node, const std::string& member) {
  begin_again(all);
  const std::size_t viewers = viewers_of(all, member);
  const auto members = members_of(all);
  const std::int64_t began = bench::now_us();
  while (viewers_of(all, member) > 0 && bench::now_us() - began < 20'000'000) {
    node.send(SIGSTOP);
    all.run(0.09);
    node.send(SIGCONT);
    all.run(0.01);
  }
  const double took = static_cast<double>(bench::now_us() - began) / 1e6;
  all.run(2);
  auto worst = worst_of(all, members, member);
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
    for (const std::string each : {"--directory", grid.c_str(), "--http", "127.0.0.1:0"})
      words.push_back(each);
    words.insert(words.begin(), binary);
    return std::make_unique<bench::child>(words, "listening on http://");
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
  bench::readers all(port_of(*first), viewers, path);
  all.following = true;
  all.run(60, [&] { return all.live == viewers; });
  std::printf("%u of %u viewers live, %.2f KiB of the gateway for each\n", all.live, viewers,
              (first->resident_kib() - before) / viewers);

  std::atomic<std::uint64_t> produced{0};
  std::atomic<bool> stop{false};
  std::thread producer([&] { bench::produce(brokers, topic, viewers, rate, 3600, produced, &stop); });
  all.run(5);
  all.timing = true;
  measure("a node is killed", all, "n1", [&] { nodes["n1"]->end(); });
  measure("a node is stopped", all, "n2", [&] { nodes["n2"]->send(SIGSTOP); });
  nodes["n2"]->send(SIGCONT);
  all.run(15);  // it gets no new client for a while after
  measure_slow(all, *nodes["n4"], "n4");

  first->end();
  begin_again(all);
  const std::int64_t began = bench::now_us();
  all.reconnect(port_of(*second));
  all.run(60, [&] { return all.live == viewers; });
  unsigned resets = 0;
  for (const auto& each : all.stories) resets += each.resets;
  std::printf("the gateway is killed: %u of %u viewers live by another after %.2f s, %u resets\n", all.live,
              viewers, static_cast<double>(bench::now_us() - began) / 1e6, resets);
  stop = true;
  producer.join();
}
