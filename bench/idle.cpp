#include "child.hpp"
#include "readers.hpp"

// Memory of an idle viewer, server side, user space: anonymous memory with and without viewers.
//
//   bench_idle build/blotter [viewers 5000]

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_idle build/blotter [viewers 5000]\n");
    return 2;
  }
  const auto viewers = static_cast<unsigned>(argc > 2 ? std::stoul(argv[2]) : 5000);
  for (const bool own : {false, true}) {
    bench::child server(
        {argv[1], "up", "--http", "127.0.0.1:0", "--simulate-clients", "10000", "--simulate-rows", "20",
         "--simulate-rate", "1", "--viewers-max", "100000", "--viewers-per-client-max", "100000"},
        "listening on ");
    usleep(1'500'000);
    const auto path = [own](unsigned i) {
      char text[64];
      std::snprintf(text, sizeof text, "/v1/clients/client-%05u/events", own ? i + 1 : 1);
      return std::string(text);
    };
    // The first viewers pay for what all share.
    bench::readers first(server.port(), 200, path);
    first.run(5, [&] { return first.live == 200; });
    const double before = server.resident_kib();
    bench::readers all(server.port(), viewers, [&](unsigned i) { return path(i + 200); });
    all.run(20, [&] { return all.live == viewers; });
    all.run(1);
    std::printf("%u of %u viewers live, %s: %.2f KiB a viewer\n", all.live, viewers,
                own ? "each its own client of 20 rows, table included" : "of one client",
                (server.resident_kib() - before) / viewers);
    std::fflush(stdout);
  }
}
