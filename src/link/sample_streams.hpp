#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "link/sample_messages.hpp"
#include "link/stream_message.hpp"

// Messages between nodes and gateways, which carry streams: as sample_messages.hpp.

namespace blotter::link::sample {

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
