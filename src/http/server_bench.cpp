// What an idle viewer costs in this process, from accept to event stream: the resident size with 5,000 of
// them less the size before, divided by their number. Their far ends are bare sockets of this process and
// cost the kernel alone.
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "base/check.hpp"
#include "http/server.hpp"

namespace blotter::http {
namespace {

class one_event_app final : public service, public event_connection_owner {
 public:
  explicit one_event_app(event_connections& streams) : streams_(streams) {}
  unsigned owner(const request&) override { return 0; }
  void serve(request, responder answer) override {
    const viewer opened = answer.stream();
    check(streams_.send(opened, "event: hello\ndata: {}\n\n") == sent::taken);
  }
  void writable(viewer) override {}
  void closed(viewer, close_reason) override {}

 private:
  event_connections& streams_;
};

double resident_bytes() {
  std::ifstream from("/proc/self/statm");
  double size = 0;
  double resident = 0;
  from >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

void idle_viewer_of_a_server(benchmark::State& state) {
  for (auto _ : state) {
    net::core_set cores(2);
    server_options options;
    options.listen.at = *net::endpoint::parse("127.0.0.1:0");
    server served(cores, options, routes({{"/e", 1, route_kind::events}}), nullptr);
    one_event_app app(served.streams(0));
    one_event_app other(served.streams(1));
    served.plug(0, app, app);
    served.plug(1, other, other);
    cores.start();
    const net::endpoint at = served.listen();
    const double before = resident_bytes();
    std::vector<int> viewers;
    const std::string asked =
        "GET /e HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\nUser-Agent: bench\r\n\r\n";
    for (int i = 0; i < state.range(0); ++i) {
      const int fd = ::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
      check(::connect(fd, at.data(), at.size()) == 0);
      check(::send(fd, asked.data(), asked.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(asked.size()));
      viewers.push_back(fd);
    }
    char bytes[1024];
    for (const int fd : viewers) check(::recv(fd, bytes, sizeof(bytes), 0) > 0);
    state.counters["bytes_per_viewer"] = (resident_bytes() - before) / static_cast<double>(state.range(0));
    state.counters["viewers"] = static_cast<double>(served.figures().viewers);
    cores.stop();
    for (const int fd : viewers) ::close(fd);
  }
}

BENCHMARK(idle_viewer_of_a_server)->Arg(5000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace blotter::http
