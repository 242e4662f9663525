#include "child.hpp"
#include "readers.hpp"

// From the start of the process until a viewer that was there from the first moment has all its rows: the
// whole topic has been loaded by then.
//
//   bench_first_rows build/blotter kafka://HOST:PORT/TOPIC CLIENT [times 3]

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: bench_first_rows build/blotter kafka://HOST:PORT/TOPIC CLIENT [times 3]\n");
    return 2;
  }
  const int times = argc > 4 ? std::stoi(argv[4]) : 3;
  for (int i = 0; i < times; ++i) {
    const std::int64_t start = bench::now_us();
    const bench::child server({argv[1], "up", "--feed", argv[2], "--http", "127.0.0.1:0"}, "listening on ");
    bench::readers viewer(server.port(), 1,
                          [&](unsigned) { return "/v1/clients/" + std::string(argv[3]) + "/events"; });
    viewer.run(120, [&] { return viewer.live == 1; });
    std::printf("live after %.2f s with %llu rows; the server used %.2f CPU-s and holds %.0f MiB\n",
                static_cast<double>(bench::now_us() - start) / 1e6,
                static_cast<unsigned long long>(viewer.rows), server.cpu_seconds(),
                server.resident_kib() / 1024);
    std::fflush(stdout);
  }
}
