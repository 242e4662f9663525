#include "http/server.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <ctime>
#include <utility>

#include "base/check.hpp"
#include "http/address_rates.hpp"
#include "http/session.hpp"
#include "net/mailbox.hpp"

namespace blotter::http {

namespace asio = boost::asio;
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, session_executor>;

template <>
struct stream_access<tcp_socket> {
  static void cancel(tcp_socket& stream) {
    error_code ignored;
    stream.cancel(ignored);
  }
  static int release(tcp_socket& stream) {
    if (!stream.is_open()) return -1;
    error_code failed;
    const int fd = stream.release(failed);
    return failed ? -1 : fd;
  }
};

namespace {

constexpr milliseconds sweep_period{100};
/// File descriptors that are not for viewers: logs, the feed, links, listeners, epoll sets.
constexpr std::size_t reserved_fds = 128;

std::size_t connections_allowed(const server_options& options) {
  if (options.connections_max > 0) return options.connections_max;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const std::size_t reserved = reserved_fds + options.overload_room;
  return files.rlim_cur > 2 * reserved ? files.rlim_cur - reserved : files.rlim_cur / 2;
}

/// RFC 9110, 5.6.7.
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

/// A connection between cores. Closes it when it never arrives.
struct parcel {
  parcel(int given_fd, handover given) : fd(given_fd), what(std::move(given)) {}
  parcel(parcel&& other) noexcept : fd(std::exchange(other.fd, -1)), what(std::move(other.what)) {}
  parcel& operator=(parcel&&) = delete;
  ~parcel() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
  handover what;
};

}  // namespace

/// The server's part on one core.
class server::home final : public session_home {
 public:
  home(server& whole, net::core& on)
      : session_home(on.index(), whole.site_, &streams_, whole.options_.seed + on.index()),
        whole_(whole),
        on_(on),
        streams_(on.loop(), whole.site_.viewers, &whole.site_.addresses),
        // The kernel spreads an address's connections over the cores.
        rates_(whole.options_.address_rate_max / whole.cores_.size(), whole.options_.seed),
        arrivals_(on.loop(), whole.options_.handover_max, 64,
                  [this](parcel&& given) { start(std::exchange(given.fd, -1), std::move(given.what)); }) {
    on.every(sweep_period, [this](instant now) { tick(now); });
    session_home::sweep(instant::clock::now(), http_date());
  }

  event_connections& connections() { return streams_; }
  std::uint64_t accepted() const { return accepted_.load(std::memory_order_relaxed); }
  std::uint64_t starved() const { return starved_.load(std::memory_order_relaxed); }

  void listen(int fd) {
    listener_ = std::make_unique<net::listener>(
        on_.loop(), fd, [this](int taken, const net::endpoint& peer) { return accept(taken, peer); });
    listener_->start();
  }

  void drain() {
    if (listener_) listener_->close();
    retire();
  }

  bool hand_over(unsigned core, int fd, handover& what) override {
    check(core < whole_.homes_.size());
    parcel sent(fd, std::move(what));
    if (whole_.homes_[core]->arrivals_.try_push(std::move(sent))) return true;
    sent.fd = -1;
    what = std::move(sent.what);
    return false;
  }

 private:
  net::accept_more accept(int fd, const net::endpoint& peer) {
    accepted_.fetch_add(1, std::memory_order_relaxed);
    handover begun;
    begun.peer = peer;
    begun.admitted = admitted(peer, begun.address);
    begun.taken = seat(whole_.site_.sessions);
    start(fd, std::move(begun));
    return has_room() ? net::accept_more::yes : net::accept_more::no;
  }

  admission admitted(const net::endpoint& peer, address_seat& address) {
    const std::vector<net::network>& proxies = whole_.options_.proxies;
    const auto holds = [&](const net::network& each) { return each.contains(peer); };
    if (std::none_of(proxies.begin(), proxies.end(), holds)) {
      if (!rates_.admit(peer, instant::clock::now())) return admission::hurried;
      const auto place = whole_.site_.addresses.take(peer);
      if (!place) return admission::crowded;
      address = address_seat(whole_.site_.addresses, *place);
    }
    return excess() >= 0 ? admission::overloaded : admission::normal;
  }
  /// Connections over the limit; negative below it.
  std::int64_t excess() const {
    const site& shared = whole_.site_;
    const std::size_t open =
        shared.sessions.load(std::memory_order_relaxed) + shared.viewers.load(std::memory_order_relaxed);
    return static_cast<std::int64_t>(open) - static_cast<std::int64_t>(whole_.options_.connections_max);
  }
  bool has_room() const { return excess() < static_cast<std::int64_t>(whole_.options_.overload_room); }

  void start(int fd, handover what) {
    tcp_socket stream(on_.loop().get_executor());
    error_code failed;
    stream.assign(what.peer.family() == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), fd, failed);
    if (failed) {
      ::close(fd);
      return;
    }
    start_session(*this, std::move(stream), std::move(what));
  }

  void tick(instant now) {
    sweep(now, http_date());
    streams_.sweep(now);
    if (!listener_) return;
    starved_.store(listener_->starved(), std::memory_order_relaxed);
    if (has_room()) listener_->resume();
  }

  server& whole_;
  net::core& on_;
  event_connections streams_;
  address_rates rates_;
  net::mailbox<parcel> arrivals_;
  std::unique_ptr<net::listener> listener_;
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> starved_{0};
};

server::server(net::core_set& cores, server_options options, routes paths, const static_files* files)
    : cores_(cores),
      options_(std::move(options)),
      site_(options_.limits, std::move(paths), cors(options_.origins), files, options_.seed) {
  options_.connections_max = connections_allowed(options_);
  for (unsigned i = 0; i < cores.size(); ++i) homes_.push_back(std::make_unique<home>(*this, cores[i]));
}

server::~server() = default;

void server::plug(unsigned core, service& app, event_connection_owner& owner) {
  homes_.at(core)->app = &app;
  homes_.at(core)->connections().set_owner(owner);
}

event_connections& server::streams(unsigned core) {
  return homes_.at(core)->connections();
}

net::endpoint server::listen() {
  const auto sockets = net::open_listening_sockets(options_.listen, cores_.size(), options_.listen_setting);
  for (unsigned i = 0; i < cores_.size(); ++i)
    cores_[i].post([home = homes_[i].get(), fd = sockets[i]] { home->listen(fd); });
  return options_.listen.at;
}

void server::drain() {
  site_.draining.store(true, std::memory_order_relaxed);
  for (unsigned i = 0; i < cores_.size(); ++i) cores_[i].post([home = homes_[i].get()] { home->drain(); });
}

server_figures server::figures() const {
  server_figures sum;
  for (const auto& each : homes_) {
    const auto add = [](std::uint64_t& to, const std::atomic<std::uint64_t>& from) {
      to += from.load(std::memory_order_relaxed);
    };
    sum.accepted += each->accepted();
    sum.starved += each->starved();
    add(sum.requests, each->figures.requests);
    add(sum.refused, each->figures.refused);
    add(sum.heads_too_long, each->figures.heads_too_long);
    add(sum.urls_too_long, each->figures.urls_too_long);
    add(sum.timed_out, each->figures.timed_out);
    add(sum.heads_too_late, each->figures.heads_too_late);
    add(sum.idled, each->figures.idled);
    add(sum.overloaded, each->figures.overloaded);
    add(sum.hurried, each->figures.hurried);
    add(sum.crowded, each->figures.crowded);
    add(sum.handed_over, each->figures.handed_over);
  }
  sum.sessions = site_.sessions.load(std::memory_order_relaxed);
  sum.viewers = site_.viewers.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace blotter::http
