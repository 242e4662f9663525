#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>

#include "chaos_rows.hpp"
#include "chaos_table.hpp"

// Many viewers in one thread, each with a table of its own that is checked at each event. They come back as
// docs/protocol.md says, to the next gateway in turn.

namespace chaos {

/// What happened since the last look. Times in microseconds.
struct figures {
  std::uint64_t rows = 0, lost = 0, silent = 0, byes = 0, refused = 0, connects = 0;
  std::vector<std::int64_t> late;  ///< each change's
};

class viewers {
 public:
  viewers(std::vector<std::uint16_t> ports, unsigned count, shape all, unsigned beat_s, const producer& rows,
          table::said wrong)
      : ports_(std::move(ports)),
        rows_(rows),
        beat_s_(beat_s),
        chance_(all.seed + 1),
        epoll_(epoll_create1(0)) {
    for (unsigned i = 0; i < count; ++i) {
      const auto said = [this, i, wrong](const char* kind, const std::string& text) {
        const viewer& one = all_[i];
        wrong(kind, "viewer " + std::to_string(i) + " of " + one.rows.client() + " by member " +
                        one.rows.member() + " at " + std::to_string(now_us()) + ": " + text);
      };
      all_.emplace_back(client_name(i % all.clients), said);
      all_.back().turn = i;
      all_.back().client = i % all.clients;
      all_.back().due = now_us() + static_cast<std::int64_t>(i) * 500;
    }
  }

  int epoll() const { return epoll_; }

  struct viewer {
    viewer(std::string name, table::said wrong) : rows(std::move(name), std::move(wrong)) {}
    table rows;
    unsigned client = 0;
    int fd = -1;
    unsigned turn = 0;      ///< which gateway is next
    unsigned attempt = 0;   ///< failures in turn
    unsigned retry_ms = 0;  ///< the last wish of the server
    bool asked = false, answered = false, bye = false;
    std::int64_t heard = 0;  ///< last byte, or the attempt's beginning
    std::int64_t due = 0;    ///< of the next attempt, while there is no connection
    std::int64_t worst = 0;  ///< lateness since the window began
    std::string rest;
  };

  std::deque<viewer>& all() { return all_; }
  figures window, second;

  /// An event of epoll for this viewer.
  void ready(unsigned who, std::uint32_t what) {
    viewer& one = all_[who];
    if (one.fd < 0) return;
    one.asked ? read(who) : ask(who, what);
  }

  /// Who has gone to another gateway comes back to its own, or in the end all would sit at one that nobody
  /// hurts.
  void spread() {
    for (unsigned i = 0; i < all_.size(); ++i) {
      viewer& one = all_[i];
      if (one.fd < 0 || one.turn % ports_.size() == i % ports_.size()) continue;
      one.bye = true;  // it is not lost
      end(i);
      one.turn = i;
    }
  }

  /// Begins what is due and gives up what is silent. Call it some times a second, when no event waits.
  void watch() {
    const std::int64_t now = now_us();
    const bool awake = now - watched_ < 500'000;  // who did not run cannot say that others were silent
    watched_ = now;
    for (unsigned i = 0; i < all_.size(); ++i) {
      viewer& one = all_[i];
      if (one.fd < 0 && now >= one.due)
        begin(i);
      else if (one.fd >= 0 && awake && now - one.heard > patience_us(one)) {
        end(i, &figures::silent);
      }
    }
  }

 private:
  std::int64_t patience_us(const viewer& one) const {
    return std::max(one.answered ? 0l : 5'000'000l, static_cast<std::int64_t>(beat_s_) * 2'500'000);
  }
  void count(std::uint64_t figures::*what) { ++(window.*what), ++(second.*what); }

  void begin(unsigned who) {
    viewer& one = all_[who];
    one.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    one.asked = one.answered = one.bye = false;
    one.heard = now_us();
    one.rest.clear();
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(ports_[one.turn % ports_.size()]);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(one.fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS)
      return end(who);
    control(EPOLL_CTL_ADD, who, EPOLLOUT);
  }

  void control(int how, unsigned who, std::uint32_t what) {
    epoll_event wanted{};
    wanted.events = what;
    wanted.data.u32 = who;
    epoll_ctl(epoll_, how, all_[who].fd, &wanted);
  }

  void ask(unsigned who, std::uint32_t what) {
    viewer& one = all_[who];
    if (what & (EPOLLERR | EPOLLHUP)) return end(who);
    std::string text = "GET /v1/clients/" + one.rows.client() + "/events?beat=" + std::to_string(beat_s_) +
                       " HTTP/1.1\r\nHost: chaos\r\nAccept: text/event-stream\r\n";
    if (!one.rows.id().empty()) text += "Last-Event-ID: " + one.rows.id() + "\r\n";
    text += "\r\n";
    if (write(one.fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return end(who);
    one.asked = true;
    control(EPOLL_CTL_MOD, who, EPOLLIN);
  }

  void read(unsigned who) {
    viewer& one = all_[who];
    static char buffer[256 * 1024];
    const ssize_t size = ::read(one.fd, buffer, sizeof buffer);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return end(who);
    one.heard = now_us();
    one.rest.append(buffer, static_cast<std::size_t>(size));
    std::string_view text = one.rest;
    if (!one.answered && !answer(one, text)) return;
    if (!one.answered) return end(who, &figures::refused);
    while (one.fd >= 0) {
      const auto stop = text.find("\n\n");
      if (stop == std::string_view::npos) break;
      event(one, parse(text.substr(0, stop)));
      text.remove_prefix(stop + 2);
    }
    one.rest = std::string(text);
  }

  /// Takes the head away; false while it is not whole. `answered` if it is what was hoped for.
  bool answer(viewer& one, std::string_view& text) {
    const auto stop = text.find("\r\n\r\n");
    if (stop == std::string_view::npos) return false;
    one.answered = text.starts_with("HTTP/1.1 200");
    text.remove_prefix(stop + 4);
    if (!one.answered) return true;
    one.rows.connected();
    count(&figures::connects);
    return true;
  }

  void event(viewer& one, const chaos::event& what) {
    if (what.retry_ms) one.retry_ms = *what.retry_ms;
    const std::uint64_t before = one.rows.delivered;
    one.rows.take(what);
    window.rows += one.rows.delivered - before;
    second.rows += one.rows.delivered - before;
    if (what.name == "live") one.attempt = 0;
    if (what.name == "bye") one.bye = true;
    for (const news& each : one.rows.changes) time(one, each);
  }

  /// How late the oldest change is that this row brings: changes between are only seen by it.
  void time(viewer& one, const news& each) {
    if (each.number < 0 || each.number <= each.before) return;
    const unsigned row = static_cast<unsigned>(std::atoi(each.key.data() + each.key.rfind('r') + 1));
    const std::int64_t first = each.before < 0 ? each.number : each.before + 1;
    const std::int64_t late = one.heard - rows_.made_us(one.client, row, first, each.number);
    one.worst = std::max(one.worst, late);
    second.late.push_back(late);
  }

  /// The connection is no more. The first try waits as the server wished, later ones longer and longer.
  void end(unsigned who, std::uint64_t figures::*why = &figures::lost) {
    viewer& one = all_[who];
    close(one.fd);
    one.fd = -1;
    one.turn += 1;
    if (one.answered || why == &figures::refused) count(one.bye ? &figures::byes : why);
    const unsigned most = std::min(4000u, 500u << std::min(one.attempt, 4u));
    const bool wish = one.attempt++ == 0 && !one.bye && one.retry_ms > 0;
    const auto ms = wish ? one.retry_ms : static_cast<unsigned>(chance_() % most);
    one.due = now_us() + ms * 1000l;
  }

  std::vector<std::uint16_t> ports_;
  const producer& rows_;
  unsigned beat_s_;
  std::mt19937_64 chance_;
  int epoll_;
  std::int64_t watched_ = 0;
  std::deque<viewer> all_;
};

}  // namespace chaos
