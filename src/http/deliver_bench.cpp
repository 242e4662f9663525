// One event of 250 bytes to each of 1,000 viewers: by a bare write() loop, and through event_connections, in
// the same run over the same sockets. Deliveries per CPU-second of the sending thread; the reader has a
// thread of its own.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/check.hpp"
#include "http/event_connection.hpp"

namespace blotter::http {
namespace {

constexpr std::size_t event_size = 250;

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Connections over loopback whose far ends are read, and forgotten, by a thread.
class audience {
 public:
  explicit audience(std::size_t count) {
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int buffer = 64 * 1024;
    ::setsockopt(listening, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(at);
    check(::bind(listening, reinterpret_cast<sockaddr*>(&at), size) == 0 && ::listen(listening, 4096) == 0);
    check(::getsockname(listening, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    set_ = ::epoll_create1(EPOLL_CLOEXEC);
    for (std::size_t i = 0; i < count; ++i) {
      const int theirs = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      check(::connect(theirs, reinterpret_cast<sockaddr*>(&at), size) == 0);
      ours.push_back(::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      epoll_event wanted{};
      wanted.events = EPOLLIN;
      wanted.data.fd = theirs;
      check(::epoll_ctl(set_, EPOLL_CTL_ADD, theirs, &wanted) == 0);
      theirs_.push_back(theirs);
    }
    ::close(listening);
    reader_ = std::thread([this] { read(); });
  }
  ~audience() {
    over_ = true;
    reader_.join();
    for (const int fd : theirs_) ::close(fd);
    ::close(set_);
  }
  std::vector<int> ours;

 private:
  void read() {
    std::array<epoll_event, 256> events;
    while (!over_) {
      const int count = ::epoll_wait(set_, events.data(), static_cast<int>(events.size()), 50);
      for (int i = 0; i < count; ++i)
        ::recv(events[static_cast<std::size_t>(i)].data.fd, nullptr, 1 << 20, MSG_TRUNC | MSG_DONTWAIT);
    }
  }
  int set_ = -1;
  std::vector<int> theirs_;
  std::atomic<bool> over_{false};
  std::thread reader_;
};

struct deaf_owner final : event_connection_owner {
  void writable(viewer) override {}
  void closed(viewer, close_reason) override {}
};

void report(benchmark::State& state, double sent, double seconds) {
  state.counters["deliveries_per_cpu_s"] = sent / seconds;
  state.SetItemsProcessed(static_cast<std::int64_t>(sent));
}

void bare_write(benchmark::State& state) {
  audience crowd(static_cast<std::size_t>(state.range(0)));
  const std::string event(event_size, 'e');
  double sent_count = 0;
  const double began = cpu_seconds();
  for (auto _ : state)
    for (const int fd : crowd.ours) sent_count += ::write(fd, event.data(), event.size()) > 0;
  report(state, sent_count, cpu_seconds() - began);
  for (const int fd : crowd.ours) ::close(fd);
}

enum class form : std::int64_t { own, shared, gathered };

void through_event_connections(benchmark::State& state) {
  audience crowd(static_cast<std::size_t>(state.range(0)));
  const auto how = static_cast<form>(state.range(1));
  boost::asio::io_context loop;
  std::atomic<std::size_t> count{0};
  deaf_owner owner;
  event_connections streams(loop, count);
  streams.set_owner(owner);
  std::vector<viewer> viewers;
  for (const int fd : crowd.ours) viewers.push_back(streams.open(fd, shared_bytes("head")));
  loop.poll();
  const std::string event(event_size, 'e');
  const shared_bytes shared_event(event);
  const std::array<std::string_view, 3> pieces{"event: rows\n", std::string_view(event).substr(0, 236),
                                               "\n\n"};
  double sent_count = 0;
  const double began = cpu_seconds();
  for (auto _ : state) {
    for (const viewer each : viewers) {
      const sent outcome = how == form::own      ? streams.send(each, event)
                           : how == form::shared ? streams.send(each, shared_event)
                                                 : streams.send(each, pieces);
      sent_count += outcome == sent::taken;
    }
    loop.restart();
    loop.poll();
  }
  report(state, sent_count, cpu_seconds() - began);
}

std::size_t resident_bytes() {
  std::ifstream from("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  from >> size >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void idle_viewer_memory(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    audience crowd(count);
    boost::asio::io_context loop;
    std::atomic<std::size_t> open{0};
    deaf_owner owner;
    event_connections streams(loop, open);
    streams.set_owner(owner);
    const std::size_t before = resident_bytes();
    std::vector<viewer> viewers;
    viewers.reserve(count);
    for (const int fd : crowd.ours) viewers.push_back(streams.open(fd, shared_bytes("head")));
    loop.poll();
    state.counters["bytes_per_viewer"] =
        static_cast<double>(resident_bytes() - before) / static_cast<double>(count);
  }
}

BENCHMARK(idle_viewer_memory)->Arg(5000)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(bare_write)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(through_event_connections)
    ->ArgNames({"viewers", "form"})
    ->ArgsProduct({{1000}, {0, 1, 2}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(bare_write)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace blotter::http
