#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "link/codec.hpp"
#include "link/frame.hpp"

// Messages between routers and nodes for tests, benchmarks and fuzzers: one of every kind, and any number by
// chance.

namespace blotter::link::sample {

inline std::string bytes_of(const outbox& all) {
  std::vector<std::span<const char>> pieces(all.size() / 1024 + 8);
  pieces.resize(all.gather(pieces));
  std::string bytes;
  for (const auto each : pieces) bytes.append(each.data(), each.size());
  return bytes;
}

/// The frames that say `what`.
template <class What>
std::string frames_of(const What& what) {
  outbox to;
  encoder make(to);
  if (!make.put(what)) return {};
  return bytes_of(to);
}

inline row one_row(std::string key, std::string value, std::uint64_t id = 7, table::position at = {3, 1842}) {
  return {subscription_id{id}, table::row_content(key, value), at, wall_time(milliseconds(1'790'000'000'123)),
          value.empty() ? table::change_kind::erase : table::change_kind::put};
}

inline table::bookmark one_bookmark(std::uint32_t partitions) {
  table::bookmark made{table::generation{0xFEEDFACECAFE}, {}};
  for (std::uint32_t p = 0; p < partitions; ++p) made.seen.set({p * 2, std::int64_t{1} << (p % 60)});
  return made;
}

inline std::vector<to_router> all_to_router() {
  return {subscribe{subscription_id{1}, "c1", {}},
          subscribe{subscription_id{2}, std::string(255, 'c'), one_bookmark(12)},
          unsubscribe{subscription_id{~0ull}},
          taken{1ull << 40},
          wanted{{0, 5, 63}, one_bookmark(3)},
          wanted{},
          heartbeat{17}};
}

inline std::vector<to_node> all_to_node() {
  const std::string value = R"({"clientId":"c1","ticker":"AAPL","quantity":100,"price":187.25})";
  return {feed_began{table::generation{99}, 64, {}},
          feed_began{table::generation{100}, 64, "the topic was made anew"},
          subscription_began{subscription_id{1}, subscription_began::resumed::no},
          subscription_began{subscription_id{2}, subscription_began::resumed::yes},
          rows{{one_row("c1_AAPL", value)}},
          rows{{one_row("c1_AAPL", value), one_row("c1_MSFT", {}), one_row("c2_AAPL", "{}", 8, {0, 0})}},
          subscription_caught_up{subscription_id{1}},
          progress{{{0, 17, 0}, {63, 1ll << 50, 4711}}},
          progress{},
          feed_status{feed_status::state::loading, "partition 3 of 64"},
          feed_status{feed_status::state::lost, "no broker answers"},
          serving{{1, 2, 3}},
          heartbeat{18}};
}

inline std::string any_text(random_source& chance, std::size_t least, std::size_t most) {
  std::string made(least + chance.below(most - least + 1), ' ');
  for (char& each : made) each = static_cast<char>(0x20 + chance.below(0x5F));
  return made;
}

inline std::vector<table::partition_id> any_partitions(random_source& chance) {
  std::vector<table::partition_id> made(chance.below(70));
  for (auto& each : made) each = static_cast<table::partition_id>(chance.below(partitions_max));
  return made;
}

inline to_router any_to_router(random_source& chance) {
  switch (chance.below(5)) {
    case 0:
      return subscribe{subscription_id{chance.next()}, any_text(chance, 1, 255),
                       one_bookmark(static_cast<std::uint32_t>(chance.below(40)))};
    case 1:
      return unsubscribe{subscription_id{chance.next()}};
    case 2:
      return taken{chance.next()};
    case 3:
      return wanted{any_partitions(chance), one_bookmark(static_cast<std::uint32_t>(chance.below(5)))};
    default:
      return heartbeat{chance.next()};
  }
}

inline rows any_rows(random_source& chance, std::size_t most) {
  rows made;
  for (auto count = 1 + chance.below(most); count > 0; --count) {
    const table::position at{static_cast<table::partition_id>(chance.below(partitions_max)),
                             static_cast<std::int64_t>(chance.next() >> 1)};
    const bool erase = chance.below(5) == 0;
    made.all.push_back(one_row(any_text(chance, 1, 40), erase ? std::string() : any_text(chance, 1, 300),
                               chance.next(), at));
  }
  return made;
}

inline to_node any_to_node(random_source& chance) {
  switch (chance.below(7)) {
    case 0:
      return feed_began{table::generation{chance.next()},
                        static_cast<std::uint32_t>(chance.below(partitions_max)), any_text(chance, 0, 100)};
    case 1:
      return subscription_began{subscription_id{chance.next()}, chance.below(2) == 0
                                                                    ? subscription_began::resumed::no
                                                                    : subscription_began::resumed::yes};
    case 2:
      return any_rows(chance, 50);
    case 3: {
      progress made;
      for (const auto p : any_partitions(chance))
        made.partitions.push_back({p, static_cast<std::int64_t>(chance.next() >> 1), 5});
      return made;
    }
    case 4:
      return feed_status{static_cast<feed_status::state>(chance.below(3)), any_text(chance, 0, 100)};
    case 5:
      return serving{any_partitions(chance)};
    default:
      return subscription_caught_up{subscription_id{chance.next()}};
  }
}

}  // namespace blotter::link::sample
