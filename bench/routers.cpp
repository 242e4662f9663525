#include <atomic>
#include <cstdlib>
#include <map>
#include <thread>

#include "failures.hpp"

// What viewers feel when a router is killed or stopped, and when the whole directory stands still for a
// minute. Broker, topic and Hazelcast members must be there: bench/on_cluster.py brings them.
//
//   bench_routers build/blotter HOST:PORT TOPIC GRID GRID_FOLDER [viewers 1000] [rows/s 20000] [seconds 60]

namespace {

/// deploy/hazelcast for the members of that folder: "freeze", "thaw".
void grid(const std::string& folder, const std::string& what) {
  const std::string command = "deploy/hazelcast/hazelcast " + what + " --dir " + folder + " >/dev/null";
  if (std::system(command.c_str()) != 0) std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr,
                 "usage: bench_routers build/blotter HOST:PORT TOPIC GRID GRID_FOLDER [viewers 1000] "
                 "[rows/s 20000] [seconds 60]\n");
    return 2;
  }
  const std::string binary = argv[1], brokers = argv[2], topic = argv[3], directory = argv[4],
                    folder = argv[5];
  const auto viewers = static_cast<unsigned>(argc > 6 ? std::stoul(argv[6]) : 1'000);
  const double rate = argc > 7 ? std::stod(argv[7]) : 20'000;
  const double away = argc > 8 ? std::stod(argv[8]) : 60;

  const auto started = [&](std::vector<std::string> words) {
    return bench::start_member(binary, directory, std::move(words));
  };
  const auto router = [&](const std::string& name) {
    return started({"router", "--member", name, "--feed", "kafka://" + brokers + "/" + topic});
  };
  std::map<std::string, std::unique_ptr<bench::child>> routers;
  for (const std::string name : {"r1", "r2", "r3"}) routers[name] = router(name);
  const auto node = started({"node", "--member", "n1", "--cores", "1"});
  const auto other = started({"node", "--member", "n2", "--cores", "1"});
  const auto gateway = started({"gateway", "--cores", "1"});
  usleep(6'000'000);

  bench::readers all(bench::port_of(*gateway), viewers, bench::events_path);
  all.following = true;
  all.run(60, [&] { return all.live == viewers; });
  std::printf("%u of %u viewers live\n", all.live, viewers);
  std::atomic<std::uint64_t> produced{0};
  std::atomic<bool> stop{false};
  std::thread producer([&] { bench::produce(brokers, topic, viewers, rate, 3600, produced, &stop); });
  all.run(5);
  all.timing = true;
  bench::measure("a router is killed", all, "", [&] { routers["r1"]->end(); });
  routers["r4"] = router("r4");
  all.run(15);  // until it has its share
  bench::measure("a router is stopped", all, "", [&] { routers["r2"]->send(SIGSTOP); });
  routers["r2"]->send(SIGCONT);
  all.run(10);
  std::thread freezer;  // the readers go on meanwhile
  const auto freeze = [&] { freezer = std::thread([&] { grid(folder, "freeze"); }); };
  bench::measure("the directory stands still", all, "", freeze, away);
  freezer.join();
  grid(folder, "thaw");
  stop = true;
  producer.join();
  return all.live == viewers ? 0 : 1;
}
