#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// Many viewers in one thread, at the cost of one read a delivery: counts rows, and tells when each was made.

namespace bench {

inline std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class readers {
 public:
  /// Connects `count` viewers; `request(i)` is the path of the i-th.
  readers(std::uint16_t port, unsigned count, const std::function<std::string(unsigned)>& request)
      : epoll_(epoll_create1(0)), states_(count) {
    for (unsigned i = 0; i < count; ++i) {
      const int fd = socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(port);
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        std::perror("connect");
        std::exit(1);
      }
      const std::string text =
          "GET " + request(i) + " HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n";
      if (write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::exit(1);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u32 = i;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
      states_[i].fd = fd;
    }
  }
  ~readers() {
    for (const state& each : states_) close(each.fd);
    close(epoll_);
  }

  /// Reads for so long. Returns early when `done` says so.
  void run(
      double seconds, const std::function<bool()>& done = [] { return false; }) {
    const std::int64_t end = now_us() + static_cast<std::int64_t>(seconds * 1e6);
    epoll_event ready_now[256];
    while (now_us() < end && !done()) {
      const int ready = epoll_wait(epoll_, ready_now, 256, 10);
      for (int i = 0; i < ready; ++i) take(states_[ready_now[i].data.u32]);
    }
  }

  std::uint64_t rows = 0;        ///< seen so far
  std::uint64_t row_events = 0;  ///< seen so far
  std::uint64_t bytes = 0;
  unsigned live = 0;    ///< viewers that have everything
  unsigned broken = 0;  ///< viewers whose connection ended
  /// Microseconds from a row's `sent_us` until it was read here; collected while `timing`.
  bool timing = false;
  std::vector<std::int64_t> delays;

 private:
  struct state {
    int fd = -1;
    std::string rest;
    bool live = false;
  };

  void take(state& from) {
    static char buffer[256 * 1024];
    const ssize_t size = read(from.fd, buffer, sizeof buffer);
    if (size <= 0) {
      ++broken;
      epoll_ctl(epoll_, EPOLL_CTL_DEL, from.fd, nullptr);
      return;
    }
    bytes += static_cast<std::uint64_t>(size);
    std::string_view text(buffer, static_cast<std::size_t>(size));
    if (!from.rest.empty()) {
      from.rest.append(text);
      text = from.rest;
    }
    while (true) {
      const auto end = text.find("\n\n");
      if (end == std::string_view::npos) break;
      event(from, text.substr(0, end));
      text.remove_prefix(end + 2);
    }
    from.rest = std::string(text);
  }

  void event(state& from, std::string_view block) {
    if (const auto at = block.find("event: rows"); at != std::string_view::npos) {
      ++row_events;
      const std::int64_t now = timing ? now_us() : 0;
      for (auto key = block.find("{\"key\":"); key != std::string_view::npos;
           key = block.find("{\"key\":", key + 1)) {
        ++rows;
        if (!timing) continue;
        const auto sent = block.find("\"sent_us\":", key);
        if (sent != std::string_view::npos) delays.push_back(now - std::atoll(block.data() + sent + 10));
      }
    } else if (!from.live && block.find("event: live") != std::string_view::npos) {
      from.live = true;
      ++live;
    }
  }

  int epoll_;
  std::vector<state> states_;
};

/// "p50 1.2 ms, p99 3.4 ms, most 5.6 ms" of microseconds.
inline std::string spread(std::vector<std::int64_t>& all) {
  if (all.empty()) return "none";
  std::sort(all.begin(), all.end());
  const auto at = [&](double q) {
    return static_cast<double>(all[static_cast<std::size_t>(q * static_cast<double>(all.size() - 1))]) / 1000;
  };
  char text[128];
  std::snprintf(text, sizeof text, "p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, most %.2f ms", at(0.5), at(0.99),
                at(0.999), at(1));
  return text;
}

}  // namespace bench
