#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "link/codec.hpp"
#include "link/frame.hpp"

// Messages for tests, benchmarks and fuzzers: one of every kind, and any number by chance.

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

inline std::vector<to_serving_node> all_to_serving_node() {
  return {open_stream{stream_id{1}, "c1", {}, 0},
          open_stream{stream_id{2}, std::string(255, 'c'), "1AAAAAAAAAAEA", 30},
          open_stream{stream_id{3}, "c1", "", 5},
          close_stream{stream_id{~0ull}},
          stream_taken{{{stream_id{1}, 8192}, {stream_id{2}, 1ull << 40}}},
          ask_rows{question_id{4}, "c1"},
          heartbeat{19}};
}

/// Events of about `size` bytes.
inline std::string some_events(std::size_t size) {
  return "event: rows\ndata: [" + std::string(size, '1') + "]\nid: 1AAAAAAAAAAEA\n\n";
}

inline stream_events one_for_many(std::initializer_list<std::uint64_t> streams, std::size_t size) {
  stream_events made{{}, some_events(size)};
  for (const std::uint64_t each : streams)
    made.parts.push_back({stream_id{each}, 0, static_cast<std::uint32_t>(made.text.size())});
  return made;
}

inline std::vector<to_gateway> all_to_gateway() {
  stream_events two = one_for_many({1, 2, 3}, 200);
  two.parts.push_back({stream_id{4}, static_cast<std::uint32_t>(two.text.size()), 0});
  const std::string more = some_events(10);
  two.parts.back().size = static_cast<std::uint32_t>(more.size());
  two.text += more;
  return {one_for_many({1}, 200),
          two,
          stream_ended{stream_id{1}, stream_ended::cause::full},
          stream_ended{stream_id{2}, stream_ended::cause::stuck},
          rows_answer{question_id{4}, "{\"rows\":[]}\n"},
          rows_answer{question_id{5}, {}},
          heartbeat{20}};
}

inline to_serving_node any_to_serving_node(random_source& chance) {
  switch (chance.below(4)) {
    case 0: {
      open_stream made{stream_id{chance.next()},
                       any_text(chance, 1, 255),
                       {},
                       static_cast<std::uint8_t>(chance.below(31))};
      if (chance.below(2)) made.bookmark = any_text(chance, 0, 200);
      return made;
    }
    case 1:
      return close_stream{stream_id{chance.next()}};
    case 2: {
      stream_taken made;
      for (auto count = 1 + chance.below(40); count > 0; --count)
        made.all.push_back({stream_id{chance.next()}, chance.next()});
      return made;
    }
    default:
      return ask_rows{question_id{chance.next()}, any_text(chance, 1, 255)};
  }
}

inline to_gateway any_to_gateway(random_source& chance) {
  switch (chance.below(3)) {
    case 0:
      return stream_ended{stream_id{chance.next()}, static_cast<stream_ended::cause>(chance.below(4))};
    case 1:
      return rows_answer{question_id{chance.next()}, any_text(chance, 0, 3'000)};
    default: {
      stream_events made;
      for (auto texts = 1 + chance.below(10); texts > 0; --texts) {
        const auto begin = static_cast<std::uint32_t>(made.text.size());
        made.text += some_events(chance.below(300));
        for (auto viewers = 1 + chance.below(4); viewers > 0; --viewers)
          made.parts.push_back(
              {stream_id{chance.next()}, begin, static_cast<std::uint32_t>(made.text.size()) - begin});
      }
      return made;
    }
  }
}

}  // namespace blotter::link::sample
