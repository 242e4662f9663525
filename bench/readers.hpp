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
  readers(std::uint16_t port, unsigned count, std::function<std::string(unsigned)> request)
      : stories(count), epoll_(epoll_create1(0)), request_(std::move(request)), states_(count) {
    for (unsigned i = 0; i < count; ++i) connect(i, port);
  }
  ~readers() {
    for (const state& each : states_) close(each.fd);
    close(epoll_);
  }

  /// Everybody comes back at once, elsewhere, with the bookmark that it has.
  void reconnect(std::uint16_t port) {
    live = 0;
    for (unsigned i = 0; i < states_.size(); ++i) {
      close(states_[i].fd);
      states_[i].rest.clear();
      states_[i].live = false;
      connect(i, port);
    }
  }

  /// Reads for so long. Returns early when `done` says so.
  void run(
      double seconds, const std::function<bool()>& done = [] { return false; }) {
    const std::int64_t end = now_us() + static_cast<std::int64_t>(seconds * 1e6);
    epoll_event ready_now[256];
    while (now_us() < end && !done()) {
      const int ready = epoll_wait(epoll_, ready_now, 256, 10);
      for (int i = 0; i < ready; ++i) take(ready_now[i].data.u32);
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

  /// What a viewer went through; kept while `following`, which costs another look at each event.
  struct story {
    std::string member;      ///< that serves it, by the last `hello`
    std::string id;          ///< the last one
    std::int64_t worst = 0;  ///< delay of any row, microseconds; collected while `timing`
    unsigned resets = 0;
    unsigned stale = 0;  ///< times that it was told so
  };
  bool following = false;
  std::vector<story> stories;

 private:
  struct state {
    int fd = -1;
    std::string rest;
    bool live = false;
  };

  void connect(unsigned i, std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      std::perror("connect");
      std::exit(1);
    }
    std::string text = "GET " + request_(i) + " HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n";
    if (!stories.empty() && !stories[i].id.empty()) text += "Last-Event-ID: " + stories[i].id + "\r\n";
    text += "\r\n";
    if (write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::exit(1);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = i;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    states_[i].fd = fd;
  }

  void take(unsigned who) {
    state& from = states_[who];
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
      event(who, text.substr(0, end));
      if (following) follow(stories[who], text.substr(0, end + 1));
      text.remove_prefix(end + 2);
    }
    from.rest = std::string(text);
  }

  static void follow(story& of, std::string_view block) {
    if (const auto at = block.rfind("\nid: "); at != std::string_view::npos)
      of.id = block.substr(at + 5, block.find('\n', at + 5) - at - 5);
    if (block.find("event: hello") != std::string_view::npos) {
      const auto at = block.find("\"member\":\"");
      if (at != std::string_view::npos) of.member = block.substr(at + 10, block.find('"', at + 10) - at - 10);
    }
    of.resets += block.find("event: reset") != std::string_view::npos;
    of.stale += block.find("\"state\":\"stale\"") != std::string_view::npos;
  }

  void event(unsigned who, std::string_view block) {
    state& from = states_[who];
    if (const auto at = block.find("event: rows"); at != std::string_view::npos) {
      ++row_events;
      const std::int64_t now = timing ? now_us() : 0;
      for (auto key = block.find("{\"key\":"); key != std::string_view::npos;
           key = block.find("{\"key\":", key + 1)) {
        ++rows;
        if (!timing) continue;
        const auto sent = block.find("\"sent_us\":", key);
        if (sent == std::string_view::npos) continue;
        delays.push_back(now - std::atoll(block.data() + sent + 10));
        stories[who].worst = std::max(stories[who].worst, delays.back());
      }
    } else if (!from.live && block.find("event: live") != std::string_view::npos) {
      from.live = true;
      ++live;
    }
  }

  int epoll_;
  std::function<std::string(unsigned)> request_;
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
