#include <poll.h>

#include <algorithm>
#include <memory>

#include "child.hpp"
#include "readers.hpp"

// Deliveries a CPU-second of the whole program, from the embedded feed to the sockets, against a bare loop
// that write()s the same bytes at the same pace. One row a flush, each viewer its own client; several pairs,
// one after the other.
//
//   bench_fanout build/blotter [viewers 1000] [rows/s 20000] [seconds 5] [pairs 3]

namespace {

/// The bare loop: no HTTP, no rows, only bytes. Runs in a process of its own: `bench_fanout bare BYTES RATE`.
int bare(std::size_t size, double rate) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at);
  listen(listener, 4096);
  socklen_t length = sizeof at;
  getsockname(listener, reinterpret_cast<sockaddr*>(&at), &length);
  std::printf("listening on 127.0.0.1:%u\n", ntohs(at.sin_port));
  std::fflush(stdout);

  const int epoll = epoll_create1(0);
  std::vector<int> viewers;
  std::string event = "event: live\nid: 1\ndata: {}\n\n";
  std::string row = "event: rows\ndata: [{\"key\":\"K\",\"row\":{\"x\":\"";
  row.append(size > row.size() + 8 ? size - row.size() - 8 : 1, 'x').append("\"}}]\n\n");
  pollfd accepting{listener, POLLIN, 0};
  while (poll(&accepting, 1, viewers.empty() ? -1 : 500) > 0) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event wanted{};
    wanted.events = EPOLLOUT | EPOLLET;
    wanted.data.fd = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted);
    viewers.push_back(fd);
    if (write(fd, event.data(), event.size()) < 0) return 1;
  }
  const std::int64_t start = bench::now_us();
  std::uint64_t sent = 0;
  epoll_event ready[256];
  while (true) {
    const auto due = static_cast<std::uint64_t>(static_cast<double>(bench::now_us() - start) * rate / 1e6);
    for (; sent < due; ++sent)
      if (write(viewers[sent % viewers.size()], row.data(), row.size()) < 0 && errno != EAGAIN) return 0;
    epoll_wait(epoll, ready, 256, 1);
  }
}

struct figures {
  double per_cpu_second;
  double delivered;
  double bytes_a_row;
};

figures measure(const std::vector<std::string>& command, unsigned viewers, double seconds, bool settle) {
  bench::child server(command, "listening on ");
  if (settle) usleep(500'000);
  bench::readers all(server.port(), viewers, [](unsigned i) {
    char path[64];
    std::snprintf(path, sizeof path, "/v1/clients/client-%04u/events?beat=30", i + 1);
    return std::string(path);
  });
  all.run(20, [&] { return all.live == viewers; });
  all.run(1);
  const double cpu = server.cpu_seconds();
  const std::uint64_t rows = all.rows;
  const std::uint64_t bytes = all.bytes;
  all.run(seconds);
  const auto delivered = static_cast<double>(all.rows - rows);
  return {delivered / (server.cpu_seconds() - cpu), delivered / seconds,
          static_cast<double>(all.bytes - bytes) / delivered};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 3 && std::string(argv[1]) == "bare") return bare(std::stoul(argv[2]), std::stod(argv[3]));
  if (argc < 2) {
    std::fprintf(stderr,
                 "usage: bench_fanout build/blotter [viewers 1000] [rows/s 20000] [seconds 5] [pairs 3]\n");
    return 2;
  }
  const auto viewers = static_cast<unsigned>(argc > 2 ? std::stoul(argv[2]) : 1000);
  const std::string rate = argc > 3 ? argv[3] : "20000";
  const double seconds = argc > 4 ? std::stod(argv[4]) : 5;
  const int pairs = argc > 5 ? std::stoi(argv[5]) : 3;

  std::printf("%u viewers, %s rows/s, one row a flush, %.0f s each\n", viewers, rate.c_str(), seconds);
  std::vector<double> ratios;
  for (int i = 0; i < pairs; ++i) {
    const figures blotter =
        measure({argv[1], "up", "--http", "127.0.0.1:0", "--simulate-clients", std::to_string(viewers),
                 "--simulate-rows", "20", "--simulate-rate", rate, "--log-level", "warn"},
                viewers, seconds, true);
    const figures plain =
        measure({"/proc/self/exe", "bare", std::to_string(static_cast<int>(blotter.bytes_a_row)), rate},
                viewers, seconds, false);
    ratios.push_back(blotter.per_cpu_second / plain.per_cpu_second);
    std::printf("blotter %8.0f deliveries/CPU-s (%.0f/s, %.0f B each)   bare %8.0f (%.0f/s)   ratio %.2f\n",
                blotter.per_cpu_second, blotter.delivered, blotter.bytes_a_row, plain.per_cpu_second,
                plain.delivered, ratios.back());
    std::fflush(stdout);
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("median ratio %.2f\n", ratios[ratios.size() / 2]);
}
