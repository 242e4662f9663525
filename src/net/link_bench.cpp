#include <benchmark/benchmark.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/check.hpp"
#include "link/sample_messages.hpp"
#include "net/core.hpp"
#include "net/link_connector.hpp"
#include "net/link_listener.hpp"

// Rows of 200 bytes from one core to another over loopback, as a router sends them to a node: made into
// frames, read, verified, decoded, within the link's window. Beside it the floor: the same bytes written and
// read with nothing else done. A core's rate is what its thread took of the processor, whatever else the
// machine had to do.

namespace blotter::net {
namespace {

/// Sent in one round.
constexpr std::size_t rows_all = 192 * link::message_rows_max;

/// Messages of `count` different rows that lie scattered in memory as tables have them, and their bytes.
struct workload {
  explicit workload(std::size_t count) {
    random_source chance(1);
    std::vector<link::row> some;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string key = "client-" + std::to_string(100'000 + i) + "_AAPL";
      some.push_back(link::sample::one_row(key, std::string(200 - key.size(), 'v'), i,
                                           {3, static_cast<std::int64_t>(i)}));
    }
    for (std::size_t i = some.size() - 1; i > 0; --i) std::swap(some[i], some[chance.below(i + 1)]);
    for (std::size_t at = 0; at < some.size(); at += rows_each) {
      const auto begin = some.begin() + static_cast<long>(at);
      messages.push_back(link::rows{{begin, begin + static_cast<long>(rows_each)}});
      bytes += link::sample::frames_of(messages.back());
    }
  }

  static constexpr std::size_t rows_each = link::message_rows_max;
  std::vector<link::to_node> messages;
  std::string bytes;
};

/// Rows as they come, changed a moment ago and still in the processor's caches; and rows long untouched, as
/// when a client's table is loaded.
const workload& work(long cold) {
  static const workload few(8 * workload::rows_each), many(rows_all);
  return cold ? many : few;
}

double cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

std::size_t round_bytes(const workload& of) {
  return of.bytes.size() * (rows_all / workload::rows_each) / of.messages.size();
}

void report(benchmark::State& state, double sending, double receiving) {
  const auto rows = static_cast<double>(rows_all) * static_cast<double>(state.iterations());
  state.SetItemsProcessed(static_cast<long>(rows));
  state.SetBytesProcessed(static_cast<long>(round_bytes(work(state.range(0)))) * state.iterations());
  state.counters["rows/s of sending core"] = rows / sending;
  state.counters["rows/s of receiving core"] = rows / receiving;
}

// The floor.

void bare_copy(benchmark::State& state) {
  const workload& what = work(state.range(0));
  listen_options options;
  options.at = *endpoint::parse("127.0.0.1:0");
  options.send_buffer_size = 0;
  const int listening = open_listening_sockets(options, 1, "-").front();
  const int to = ::socket(AF_INET, SOCK_STREAM, 0);
  check(::connect(to, options.at.data(), options.at.size()) == 0);
  int from = -1;
  while (from < 0) from = ::accept(listening, nullptr, nullptr);

  std::promise<double> receiving;
  std::thread receiver([&, rounds = state.max_iterations] {
    std::vector<char> room(128 * 1024);
    const double before = cpu_seconds();
    for (benchmark::IterationCount i = 0; i < rounds; ++i) {
      for (std::size_t left = round_bytes(what); left > 0;) {
        const ssize_t got = ::recv(from, room.data(), std::min(room.size(), left), 0);
        check(got > 0);
        left -= static_cast<std::size_t>(got);
      }
      check(::send(from, "k", 1, 0) == 1);
    }
    receiving.set_value(cpu_seconds() - before);
  });
  const double before = cpu_seconds();
  for (auto _ : state) {
    for (std::size_t left = round_bytes(what), at = 0; left > 0;) {
      const std::size_t most = std::min<std::size_t>({64 * 1024, left, what.bytes.size() - at});
      const ssize_t put = ::send(to, what.bytes.data() + at, most, 0);
      check(put > 0);
      at = (at + static_cast<std::size_t>(put)) % what.bytes.size();
      left -= static_cast<std::size_t>(put);
    }
    char done;
    check(::recv(to, &done, 1, 0) == 1);
  }
  const double sending = cpu_seconds() - before;
  receiver.join();
  report(state, sending, receiving.get_future().get());
  for (const int fd : {listening, to, from}) ::close(fd);
}

// The link.

link_hub_options options_of(std::string member) {
  link_hub_options options;
  options.session.self = {link::protocol_version, "blotter", std::move(member), {}};
  return options;
}

/// Sends all messages once for each round, as far as the window goes.
struct sender final : link_owner<link::to_router> {
  sender(boost::asio::io_context& loop, const workload& all)
      : what(all), links(loop, options_of("router"), *this) {}

  void link_up(link_id which, const link::hello&) override {
    link = which;
    links.send(link, link::feed_began{table::generation{1}, 64, {}});
    linked.set_value();
  }
  void received(link_id, link::to_router&& message) override {
    if (const auto* so_far = std::get_if<link::taken>(&message)) taken = so_far->bytes_total;
    pump();
  }
  void link_lost(link_id, const link::ending&) override {}
  void pump() {
    while (next < rows_all / workload::rows_each && sent - taken < link::window_bytes) {
      const link::to_node& message = what.messages[next++ % what.messages.size()];
      for (const link::row& each : std::get<link::rows>(message).all) sent += link::row_cost(each);
      links.send(link, message);
    }
  }

  const workload& what;
  router_links links;
  link_id link{};
  std::promise<void> linked;
  std::size_t next = 0;
  std::uint64_t sent = 0;
  std::uint64_t taken = 0;
};

struct receiver final : link_owner<link::to_node> {
  explicit receiver(boost::asio::io_context& loop) : links(loop, options_of("node"), *this) {}

  void link_up(link_id, const link::hello&) override {}
  void received(link_id which, link::to_node&& message) override {
    const auto* some = std::get_if<link::rows>(&message);
    if (!some) return;
    for (const link::row& each : some->all) taken += link::row_cost(each);
    rows += some->all.size();
    if (taken - told >= link::window_bytes / 4 || rows == rows_all) {
      told = taken;
      links.send(which, link::taken{taken});
    }
    if (rows != rows_all) return;
    rows = 0;
    done->set_value();
  }
  void link_lost(link_id, const link::ending&) override {}

  node_links links;
  std::size_t rows = 0;
  std::uint64_t taken = 0;
  std::uint64_t told = 0;
  std::promise<void>* done = nullptr;
};

template <class What>
auto on(core& which, What what) {
  std::promise<decltype(what())> told;
  which.post([&] {
    if constexpr (std::is_void_v<decltype(what())>) {
      what();
      told.set_value();
    } else {
      told.set_value(what());
    }
  });
  return told.get_future().get();
}

void link_rows(benchmark::State& state) {
  core_set cores(2);
  sender router(cores[0].loop(), work(state.range(0)));
  receiver node(cores[1].loop());
  link_listener listener(router.links, *endpoint::parse("127.0.0.1:0"), "-");
  link_connector connector(node.links, {"router", listener.at()}, {});
  listener.start();
  connector.start();
  cores.start();
  router.linked.get_future().wait();
  double sending = -on(cores[0], cpu_seconds);
  double receiving = -on(cores[1], cpu_seconds);
  for (auto _ : state) {
    std::promise<void> done;
    on(cores[1], [&] { node.done = &done; });
    cores[0].post([&] {
      router.next = 0;
      router.pump();
    });
    done.get_future().wait();
  }
  sending += on(cores[0], cpu_seconds);
  receiving += on(cores[1], cpu_seconds);
  cores.stop();
  report(state, sending, receiving);
}

BENCHMARK(bare_copy)->ArgName("cold")->Arg(0)->Arg(1)->UseRealTime();
BENCHMARK(link_rows)->ArgName("cold")->Arg(0)->Arg(1)->UseRealTime();

}  // namespace
}  // namespace blotter::net
