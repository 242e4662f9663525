#include <benchmark/benchmark.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "link/codec.hpp"
#include "link/frame.hpp"
#include "link/sample_messages.hpp"
#include "link/sample_streams.hpp"

namespace blotter::link {
namespace {

/// Messages of rows of 200 bytes, key and value together, that lie scattered in memory as tables have them.
std::vector<to_node> messages_of_rows(std::size_t rows_all) {
  random_source chance(1);
  std::vector<row> all;
  for (std::size_t i = 0; i < rows_all; ++i) {
    const std::string key = "client-" + std::to_string(100'000 + i) + "_AAPL";
    all.push_back(
        sample::one_row(key, std::string(200 - key.size(), 'v'), i, {3, static_cast<std::int64_t>(i)}));
  }
  for (std::size_t i = all.size() - 1; i > 0; --i) std::swap(all[i], all[chance.below(i + 1)]);
  std::vector<to_node> messages;
  for (std::size_t at = 0; at < all.size(); at += message_rows_max) {
    const std::size_t end = std::min(all.size(), at + message_rows_max);
    messages.push_back(rows{{all.begin() + static_cast<long>(at), all.begin() + static_cast<long>(end)}});
  }
  return messages;
}

constexpr std::size_t rows_all = 100'000;

void rates(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(static_cast<long>(rows_all) * state.iterations());
  state.SetBytesProcessed(static_cast<long>(bytes) * state.iterations());
}

void encode_rows(benchmark::State& state) {
  const auto messages = messages_of_rows(rows_all);
  outbox to;
  encoder make(to);
  for (auto _ : state)
    for (const to_node& each : messages) {
      check(make.put(each).has_value());
      to.written(to.size());
    }
  rates(state, to.bytes_total() / static_cast<std::size_t>(state.iterations()));
}
BENCHMARK(encode_rows);

/// As they come from a socket: read in pieces, framed, verified, decoded, dropped.
void decode_rows(benchmark::State& state) {
  std::string bytes;
  for (const to_node& each : messages_of_rows(rows_all)) bytes += sample::frames_of(each);
  frame_reader in;
  in.set_size_max(frame_size_max);
  for (auto _ : state)
    for (std::string_view rest = bytes; !rest.empty();) {
      const auto room = in.room();
      const std::size_t size = std::min(room.size(), rest.size());
      std::memcpy(room.data(), rest.data(), size);
      in.arrived(size);
      rest.remove_prefix(size);
      for (auto body = in.next(); !body->empty(); body = in.next()) {
        auto what = decode<to_node>(*body);
        check(what.has_value());
        benchmark::DoNotOptimize(what);
      }
    }
  rates(state, bytes.size());
}
BENCHMARK(decode_rows);

/// The floor of both: the same bytes copied once.
void copy_bytes(benchmark::State& state) {
  std::string bytes;
  for (const to_node& each : messages_of_rows(rows_all)) bytes += sample::frames_of(each);
  std::vector<char> to(64 * 1024);
  for (auto _ : state)
    for (std::size_t at = 0; at < bytes.size(); at += to.size()) {
      std::memcpy(to.data(), bytes.data() + at, std::min(to.size(), bytes.size() - at));
      benchmark::DoNotOptimize(to.data());
      benchmark::ClobberMemory();
    }
  rates(state, bytes.size());
}
BENCHMARK(copy_bytes);

void one_subscription(benchmark::State& state) {
  const to_router message = subscribe{subscription_id{1}, "client-100000", sample::one_bookmark(3)};
  outbox to;
  encoder make(to);
  for (auto _ : state) {
    check(make.put(message).has_value());
    to.written(to.size());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(one_subscription);

/// Events of 200 bytes, each for so many viewers of one client, some 100 clients a flush.
stream_events flush_of_events(std::size_t viewers) {
  stream_events made;
  const std::string text = sample::some_events(200 - sample::some_events(0).size());
  for (std::size_t client = 0; client < 100; ++client) {
    const auto begin = static_cast<std::uint32_t>(made.text.size());
    made.text += text;
    for (std::size_t i = 0; i < viewers; ++i)
      made.parts.push_back({stream_id{client * viewers + i}, begin, static_cast<std::uint32_t>(text.size())});
  }
  return made;
}

/// From a node's flush to what a gateway hands to its viewers: encoded, read, verified, decoded.
void carry_events(benchmark::State& state) {
  const to_gateway message = flush_of_events(static_cast<std::size_t>(state.range(0)));
  outbox to;
  encoder make(to);
  frame_reader in;
  in.set_size_max(frame_size_max);
  std::size_t events = 0;
  for (auto _ : state) {
    check(make.put(message).has_value());
    while (!to.empty()) {
      std::span<const char> piece;
      check(to.gather({&piece, 1}) == 1);
      const auto room = in.room();
      const std::size_t size = std::min(room.size(), piece.size());
      std::memcpy(room.data(), piece.data(), size);
      in.arrived(size);
      to.written(size);
      for (auto body = in.next(); !body->empty(); body = in.next()) {
        auto what = decode<to_gateway>(*body);
        check(what.has_value());
        events += std::get<stream_events>(std::get<to_gateway>(*what)).parts.size();
      }
    }
  }
  state.SetItemsProcessed(static_cast<long>(events));
}
BENCHMARK(carry_events)->Arg(1)->Arg(10);

}  // namespace
}  // namespace blotter::link
