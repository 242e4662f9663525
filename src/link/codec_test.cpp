#include "link/codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "link/allocation_count.hpp"
#include "link/errc.hpp"
#include "link/sample_messages.hpp"
#include "link/sample_streams.hpp"

namespace blotter::link {
namespace {

using sample::frames_of;

/// Every body in `frames`, decoded; the first error ends it.
template <class Message>
result<std::vector<heard<Message>>> read_all(std::string_view frames) {
  frame_reader in;
  in.set_size_max(frame_size_max);
  std::vector<heard<Message>> all;
  while (!frames.empty()) {
    const auto room = in.room();
    const std::size_t size = std::min(room.size(), frames.size());
    std::memcpy(room.data(), frames.data(), size);
    in.arrived(size);
    frames.remove_prefix(size);
    for (;;) {
      const auto body = in.next();
      if (!body) return body.error();
      if (body->empty()) break;
      auto what = decode<Message>(*body);
      if (!what) return what.error();
      all.push_back(std::move(*what));
    }
  }
  return all;
}

template <class Message>
std::string written_again(const heard<Message>& what) {
  return std::visit([](const auto& each) { return frames_of(each); }, what);
}

template <class Message>
void expect_same_after_a_trip(const Message& message) {
  const std::string frames = frames_of(message);
  const auto all = read_all<Message>(frames);
  ASSERT_TRUE(all.has_value()) << all.error().message();
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(written_again(all->front()), frames);
  EXPECT_EQ(std::get<Message>(all->front()).index(), message.index());
}

template <class Message>
error_code error_of(std::string_view frames) {
  const auto all = read_all<Message>(frames);
  return all ? error_code() : all.error();
}

TEST(codec, every_message_is_the_same_after_a_trip) {
  for (const to_router& each : sample::all_to_router()) expect_same_after_a_trip(each);
  for (const to_node& each : sample::all_to_node()) expect_same_after_a_trip(each);
  for (const to_serving_node& each : sample::all_to_serving_node()) expect_same_after_a_trip(each);
  for (const to_gateway& each : sample::all_to_gateway()) expect_same_after_a_trip(each);
}

TEST(codec, messages_by_chance_are_the_same_after_a_trip) {
  random_source chance(1);
  for (int i = 0; i < 2'000; ++i) {
    expect_same_after_a_trip(sample::any_to_router(chance));
    expect_same_after_a_trip(sample::any_to_node(chance));
    expect_same_after_a_trip(sample::any_to_serving_node(chance));
    expect_same_after_a_trip(sample::any_to_gateway(chance));
  }
}

TEST(codec, a_row_keeps_all_it_says) {
  rows sent{{sample::one_row("k\xC3\xA4se", R"({"a":1})", 42, {9, 1ll << 45}), sample::one_row("gone", "")}};
  sent.all[1].moved = true;
  const auto all = read_all<to_node>(frames_of(to_node(sent)));
  ASSERT_TRUE(all.has_value());
  const rows& got = std::get<rows>(std::get<to_node>(all->front()));
  ASSERT_EQ(got.all.size(), 2u);
  EXPECT_EQ(got.all[0].id, subscription_id{42});
  EXPECT_EQ(got.all[0].content.key(), "k\xC3\xA4se");
  EXPECT_EQ(got.all[0].content.value(), R"({"a":1})");
  EXPECT_EQ(got.all[0].at, (table::position{9, 1ll << 45}));
  EXPECT_EQ(got.all[0].time, sent.all[0].time);
  EXPECT_EQ(got.all[0].kind, table::change_kind::put);
  EXPECT_EQ(got.all[1].kind, table::change_kind::erase);
  EXPECT_EQ(got.all[1].content.value(), "");
  EXPECT_FALSE(got.all[0].moved);
  EXPECT_TRUE(got.all[1].moved);
}

TEST(codec, what_other_replicas_have_shown_comes_with_what_is_wanted) {
  const wanted sent{{3, 5}, {table::generation{77}, {}}};
  wanted more = sent;
  more.reached.seen.set({3, 1842});
  more.reached.seen.set({5, 0});
  for (const wanted& each : {sent, more}) {
    const auto all = read_all<to_router>(frames_of(to_router(each)));
    ASSERT_TRUE(all.has_value());
    const wanted& got = std::get<wanted>(std::get<to_router>(all->front()));
    EXPECT_EQ(got.partitions, each.partitions);
    EXPECT_EQ(got.reached, each.reached);
  }
  more.reached.seen.set({partitions_max, 1});
  EXPECT_EQ(error_of<to_router>(frames_of(to_router(more))), errc::out_of_bounds);
}

TEST(codec, hello_and_refusal_are_heard_at_both_ends) {
  const hello who{protocol_version, "blotter", "router-1", role::router, "orders"};
  const auto at_node = read_all<to_node>(frames_of(who) + frames_of(refusal{21, "why"}));
  ASSERT_TRUE(at_node.has_value());
  const hello& got = std::get<hello>(at_node->front());
  EXPECT_EQ(got.version, protocol_version);
  EXPECT_EQ(got.cluster, "blotter");
  EXPECT_EQ(got.member, "router-1");
  EXPECT_EQ(got.as, role::router);
  EXPECT_EQ(got.topic, "orders");
  EXPECT_EQ(std::get<refusal>(at_node->back()).number, 21u);
  EXPECT_EQ(std::get<refusal>(at_node->back()).text, "why");
  EXPECT_TRUE(read_all<to_router>(frames_of(who)).has_value());
}

TEST(codec, many_rows_become_several_frames_in_order) {
  rows sent;
  for (std::uint64_t i = 0; i < 2'000; ++i)
    sent.all.push_back(sample::one_row("key" + std::to_string(i), std::string(200, 'x'), i));
  const auto all = read_all<to_node>(frames_of(to_node(sent)));
  ASSERT_TRUE(all.has_value());
  EXPECT_GT(all->size(), 4u);
  std::uint64_t next = 0;
  for (const auto& each : *all)
    for (const row& got : std::get<rows>(std::get<to_node>(each)).all)
      EXPECT_EQ(got.id, subscription_id{next++});
  EXPECT_EQ(next, sent.all.size());
}

TEST(codec, the_largest_row_passes) {
  const row largest =
      sample::one_row(std::string(table::row_key_size_max, 'k'), std::string(table::row_value_size_max, 'v'));
  expect_same_after_a_trip(to_node(rows{{largest}}));
}

TEST(codec, the_largest_lists_pass_and_larger_ones_are_not_sent) {
  std::vector<table::partition_id> all(partitions_max);
  for (std::uint32_t p = 0; p < partitions_max; ++p) all[p] = p;
  expect_same_after_a_trip(to_router(wanted{all}));
  expect_same_after_a_trip(to_node(serving{all}));
  progress moved;
  table::bookmark have{table::generation{1}, {}};
  for (const auto p : all) {
    moved.partitions.push_back({p, 1, 1});
    have.seen.set({p, 1});
  }
  expect_same_after_a_trip(to_node(moved));
  expect_same_after_a_trip(to_router(subscribe{subscription_id{1}, "c", have}));

  all.push_back(0);
  outbox to;
  encoder make(to);
  EXPECT_EQ(make.put(to_router(wanted{all})).error(), errc::message_too_large);
  EXPECT_EQ(make.put(to_node(serving{all})).error(), errc::message_too_large);
  EXPECT_EQ(make.put(to_node(feed_began{{}, partitions_max + 1, {}})).error(), errc::message_too_large);
  EXPECT_TRUE(to.empty());
}

TEST(codec, text_for_people_is_cut_between_characters) {
  const std::string sent = "x" + std::string(3, ' ') + [] {
    std::string many;
    for (int i = 0; i < 3'000; ++i) many += "\xC3\xA4";
    return many;
  }() + "end";
  const auto all = read_all<to_node>(frames_of(to_node(feed_status{feed_status::state::lost, "x" + sent})));
  ASSERT_TRUE(all.has_value());
  const std::string& got = std::get<feed_status>(std::get<to_node>(all->front())).text;
  EXPECT_EQ(got, ("x" + sent).substr(0, text_size_max - 1));
}

TEST(codec, a_message_of_the_wrong_direction_is_refused) {
  // But for heartbeats, which go both ways.
  const auto expected = [](const auto& message) {
    return std::holds_alternative<heartbeat>(message) ? error_code() : errc::wrong_direction;
  };
  for (const to_router& each : sample::all_to_router())
    EXPECT_EQ(error_of<to_node>(frames_of(each)), expected(each));
  for (const to_node& each : sample::all_to_node())
    EXPECT_EQ(error_of<to_router>(frames_of(each)), expected(each));
  for (const to_serving_node& each : sample::all_to_serving_node())
    EXPECT_EQ(error_of<to_gateway>(frames_of(each)), expected(each));
  for (const to_gateway& each : sample::all_to_gateway())
    EXPECT_EQ(error_of<to_serving_node>(frames_of(each)), expected(each));
  EXPECT_EQ(error_of<to_router>(frames_of(to_serving_node(close_stream{}))), errc::wrong_direction);
  EXPECT_EQ(error_of<to_gateway>(frames_of(to_node(subscription_caught_up{}))), errc::wrong_direction);
}

TEST(codec, a_kind_of_a_newer_program_is_told_from_nonsense) {
  std::string frame = frames_of(to_router(heartbeat{1}));
  std::size_t changed = 0;
  for (std::size_t at = frame_head_size; at < frame.size(); ++at) {
    std::string other = frame;
    other[at] = 99;
    changed += error_of<to_router>(other) == errc::unknown_message;
  }
  EXPECT_GE(changed, 1u);
}

TEST(codec, values_out_of_bounds_are_refused) {
  const auto refused = [](const to_node& what) {
    return error_of<to_node>(frames_of(what)) == errc::out_of_bounds;
  };
  const row good = sample::one_row("k", "{}");
  EXPECT_EQ(error_of<to_node>(frames_of(to_node(rows{{good}}))), error_code());
  row bad = good;
  bad.at.offset = -1;
  EXPECT_TRUE(refused(rows{{good, bad}}));
  bad = good;
  bad.at.partition = partitions_max;
  EXPECT_TRUE(refused(rows{{bad}}));
  bad = good;
  bad.kind = table::change_kind::erase;
  EXPECT_TRUE(refused(rows{{bad}}));
  bad = good;
  bad.time = wall_time(milliseconds(1ll << 60));
  EXPECT_TRUE(refused(rows{{bad}}));
  EXPECT_TRUE(refused(rows{{sample::one_row("", "{}")}}));
  EXPECT_TRUE(refused(rows{{sample::one_row("k", "{\n}")}}));
  EXPECT_TRUE(refused(rows{{sample::one_row("k\r", "{}")}}));
  EXPECT_TRUE(refused(progress{{{partitions_max, 0, 0}}}));
  EXPECT_TRUE(refused(progress{{{0, -1, 0}}}));
  EXPECT_TRUE(refused(serving{{partitions_max}}));
  EXPECT_TRUE(refused(feed_status{static_cast<feed_status::state>(9), {}}));
  const auto error_at_router = [](const to_router& what) { return error_of<to_router>(frames_of(what)); };
  EXPECT_EQ(error_at_router(subscribe{subscription_id{1}, "", {}}), errc::out_of_bounds);
  EXPECT_EQ(error_at_router(subscribe{subscription_id{1}, std::string(256, 'c'), {}}), errc::out_of_bounds);
  EXPECT_EQ(error_of<to_node>(frames_of(hello{protocol_version, "", "m", role::router})),
            errc::out_of_bounds);
  EXPECT_EQ(error_of<to_node>(frames_of(hello{protocol_version, "c", "a\nb", role::router})),
            errc::out_of_bounds);
  EXPECT_EQ(error_of<to_node>(frames_of(hello{protocol_version, "c", "m", role::router, "a b"})),
            errc::out_of_bounds);
}

TEST(codec, streams_out_of_bounds_are_refused) {
  const auto node = [](const to_serving_node& what) { return error_of<to_serving_node>(frames_of(what)); };
  EXPECT_EQ(node(open_stream{{}, "", {}, 0}), errc::out_of_bounds);
  EXPECT_EQ(node(open_stream{{}, std::string(256, 'c'), {}, 0}), errc::out_of_bounds);
  EXPECT_EQ(node(open_stream{{}, "c", {}, 31}), errc::out_of_bounds);
  EXPECT_EQ(node(open_stream{{}, "c", std::string(opening_size_max, 'b'), 0}), error_code());
  EXPECT_EQ(node(open_stream{{}, "c", std::string(opening_size_max + 1, 'b'), 0}), errc::out_of_bounds);
  EXPECT_EQ(node(ask_rows{{}, ""}), errc::out_of_bounds);
  const auto gateway = [](const to_gateway& what) { return error_of<to_gateway>(frames_of(what)); };
  EXPECT_EQ(gateway(stream_ended{{}, static_cast<stream_ended::cause>(4)}), errc::out_of_bounds);
  EXPECT_EQ(gateway(rows_answer{{}, "{}", answer_size_max - 2}), error_code());
  outbox to;
  encoder make(to);
  EXPECT_EQ(make.put(to_gateway(rows_answer{{}, "{}", answer_size_max})).error(), errc::message_too_large);
}

TEST(codec, half_an_event_is_refused) {
  const std::string whole = sample::some_events(20);
  const auto size = static_cast<std::uint32_t>(whole.size());
  const auto error = [&](stream_events what) { return error_of<to_gateway>(frames_of(to_gateway(what))); };
  EXPECT_EQ(error({{{stream_id{1}, 0, size}}, whole}), error_code());
  EXPECT_EQ(error({{{stream_id{1}, 0, size - 1}}, whole}), errc::out_of_bounds) << "its end is missing";
  EXPECT_EQ(error({{{stream_id{1}, 0, 0}}, whole}), errc::out_of_bounds) << "nothing";
  EXPECT_EQ(error({{{stream_id{1}, 0, size}, {stream_id{2}, 3, size - 3}}, whole}), error_code());
}

TEST(codec, events_of_many_streams_become_several_frames_in_order) {
  stream_events sent;
  std::uint64_t next = 0;
  for (int text = 0; text < 300; ++text) {
    const auto begin = static_cast<std::uint32_t>(sent.text.size());
    sent.text += sample::some_events(1'000);
    const auto size = static_cast<std::uint32_t>(sent.text.size()) - begin;
    for (int viewer = 0; viewer < (text == 7 ? 9'000 : 5); ++viewer)
      sent.parts.push_back({stream_id{next++}, begin, size});
  }
  const std::string frames = frames_of(to_gateway(sent));
  EXPECT_LT(frames.size(), sent.text.size() + 2 * 16 * sent.parts.size()) << "a text is there once a frame";
  const auto all = read_all<to_gateway>(frames);
  ASSERT_TRUE(all.has_value()) << all.error().message();
  EXPECT_GT(all->size(), 5u);
  next = 0;
  for (const auto& each : *all) {
    const auto& got = std::get<stream_events>(std::get<to_gateway>(each));
    for (const stream_events::part& part : got.parts) {
      EXPECT_EQ(part.to, stream_id{next++});
      EXPECT_EQ(got.text.substr(part.begin, part.size), sample::some_events(1'000));
    }
  }
  EXPECT_EQ(next, sent.parts.size());
}

TEST(codec, events_ask_for_memory_once_a_frame) {
  const std::string frame = frames_of(to_gateway([] {
    stream_events sent = sample::one_for_many({}, 500);
    for (std::uint64_t i = 0; i < 2'000; ++i)
      sent.parts.push_back({stream_id{i}, 0, static_cast<std::uint32_t>(sent.text.size())});
    return sent;
  }()));
  const auto body = std::span(frame).subspan(frame_head_size);
  bytes_allocated = 0;
  const auto what = decode<to_gateway>(body);
  const long asked = std::exchange(bytes_allocated, -1);
  ASSERT_TRUE(what.has_value());
  EXPECT_LT(asked, 2 * static_cast<long>(frame.size()));
}

/// Whatever `frames` holds: nothing but a result, of no more memory than a few times what came.
template <class Message>
void expect_harmless(const std::string& frames) {
  bytes_allocated = 0;
  const auto all = read_all<Message>(frames);
  const long asked = std::exchange(bytes_allocated, -1);
  EXPECT_LE(asked, 512 * 1024 + 8 * static_cast<long>(frames.size()));
  if (!all) return;
  for (const auto& each : *all) {
    const std::string again = written_again(each);
    const auto same = read_all<Message>(again);
    ASSERT_TRUE(same.has_value());
    ASSERT_EQ(same->empty(), again.empty());
    if (!again.empty()) {
      EXPECT_EQ(written_again(same->front()), again);
    }
  }
}

TEST(codec, a_frame_cut_anywhere_is_no_message) {
  const auto cut_all = [](const auto& message) {
    using Message = std::decay_t<decltype(message)>;
    const std::string frame = frames_of(message);
    for (std::size_t size = 0; size < frame.size(); ++size) {
      const auto all = read_all<Message>(frame.substr(0, size));
      ASSERT_TRUE(all.has_value());
      EXPECT_TRUE(all->empty());
    }
    // A body that was cut and says so is ill-formed, or means what it meant: the end may be filling.
    for (std::size_t size = 8; size + frame_head_size < frame.size(); size += 8) {
      std::string shorter = frame.substr(0, frame_head_size + size);
      const auto says = static_cast<std::uint32_t>(size);
      std::memcpy(shorter.data() + 4, &says, sizeof says);
      expect_harmless<Message>(shorter);
    }
  };
  for (const to_router& each : sample::all_to_router()) cut_all(each);
  for (const to_node& each : sample::all_to_node()) cut_all(each);
  for (const to_serving_node& each : sample::all_to_serving_node()) cut_all(each);
  for (const to_gateway& each : sample::all_to_gateway()) cut_all(each);
}

TEST(codec, every_single_changed_byte_is_harmless) {
  const auto change_all = [](const auto& message) {
    using Message = std::decay_t<decltype(message)>;
    const std::string frame = frames_of(message);
    for (std::size_t at = 0; at < frame.size(); ++at)
      for (const int to : {0, 1, 4, 127, 128, 255}) {
        std::string other = frame;
        other[at] = static_cast<char>(to);
        expect_harmless<Message>(other);
      }
  };
  for (const to_router& each : sample::all_to_router())
    if (frames_of(each).size() < 500) change_all(each);
  for (const to_node& each : sample::all_to_node()) change_all(each);
  for (const to_serving_node& each : sample::all_to_serving_node()) change_all(each);
  for (const to_gateway& each : sample::all_to_gateway()) change_all(each);
}

TEST(codec, bytes_changed_by_chance_are_harmless) {
  random_source chance(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string frames;
    const auto any_frame = [&] {
      switch (chance.below(4)) {
        case 0:
          return frames_of(sample::any_to_node(chance));
        case 1:
          return frames_of(sample::any_to_router(chance));
        case 2:
          return frames_of(sample::any_to_serving_node(chance));
        default:
          return frames_of(sample::any_to_gateway(chance));
      }
    };
    for (auto count = 1 + chance.below(3); count > 0; --count) frames += any_frame();
    for (auto changes = 1 + chance.below(6); changes > 0; --changes) {
      const auto at = chance.below(frames.size());
      switch (chance.below(3)) {
        case 0:
          frames[at] = static_cast<char>(chance.next());
          break;
        case 1:
          frames[at] = static_cast<char>(frames[at] ^ (1 << chance.below(8)));
          break;
        default:
          frames.insert(at, frames.substr(chance.below(frames.size()), 8 * chance.below(8)));
      }
    }
    expect_harmless<to_node>(frames);
    expect_harmless<to_router>(frames);
    expect_harmless<to_serving_node>(frames);
    expect_harmless<to_gateway>(frames);
  }
}

}  // namespace
}  // namespace blotter::link
