#include "hazelcast/frame.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "hazelcast/bytes.hpp"
#include "hazelcast/errc.hpp"
#include "hazelcast/recorded.hpp"

namespace blotter::hazelcast {
namespace {

std::string a_frame(std::uint16_t flags, std::string_view content) {
  std::string out;
  append_little(out, static_cast<std::int32_t>(frame_head_size + content.size()));
  append_little(out, flags);
  return out.append(content);
}

const std::string some_head(first_frame_size_min, '\0');

TEST(message_splitter, finds_messages_wherever_the_bytes_are_cut) {
  const std::string all = recorded::bytes(recorded::authentication) + recorded::bytes(recorded::updated) +
                          recorded::bytes(recorded::pong);
  for (std::size_t step = 1; step < all.size(); step = step * 2 + 1) {
    message_splitter in;
    std::vector<std::int32_t> types;
    for (std::size_t at = 0; at < all.size(); at += step) {
      in.take(std::string_view(all).substr(at, step));
      for (auto next = in.next(); next.value(); next = in.next()) types.push_back((*next)->type());
    }
    EXPECT_EQ(types, (std::vector<std::int32_t>{0x000101, 0x011902, 0x000B01})) << step;
  }
}

TEST(message_splitter, knows_answers_from_events) {
  message_splitter in;
  in.take(recorded::bytes(recorded::updated) + recorded::bytes(recorded::put_again));
  const message first = *in.next().value();
  EXPECT_TRUE(first.is_event());
  EXPECT_EQ(first.correlation(), 4);
  const message second = *in.next().value();
  EXPECT_FALSE(second.is_event());
  EXPECT_EQ(second.correlation(), 6);
}

TEST(message_splitter, refuses_lengths_that_cannot_be) {
  for (const std::int32_t length : {-1, 0, 5, 6, 17, std::int32_t{-2'147'483'647 - 1}}) {
    message_splitter in;
    std::string bytes;
    append_little(bytes, length);
    append_little(bytes, flag::unfragmented);
    in.take(bytes);
    EXPECT_EQ(in.next().error(), errc::bad_message) << length;
  }
}

TEST(message_splitter, waits_for_no_more_than_it_takes) {
  message_splitter in(1'000);
  std::string bytes;
  append_little(bytes, std::int32_t{2'000'000'000});
  append_little(bytes, flag::unfragmented);
  in.take(bytes);
  EXPECT_EQ(in.next().error(), errc::message_too_large);

  message_splitter frames(1'000);
  frames.take(a_frame(flag::unfragmented, some_head));
  for (int i = 0; i < 9; ++i) frames.take(a_frame(0, std::string(100, 'x')));
  EXPECT_FALSE(frames.next().value());
  frames.take(a_frame(flag::final_frame, std::string(100, 'x')));
  EXPECT_EQ(frames.next().error(), errc::message_too_large);
}

TEST(message_splitter, refuses_fragments) {
  message_splitter in;
  in.take(a_frame(flag::begin_fragment | flag::final_frame, some_head));
  EXPECT_EQ(in.next().error(), errc::bad_message);
}

TEST(frame_walk, reads_plain_values_and_nulls) {
  const std::string bytes =
      a_frame(0, "ab") + a_frame(flag::null_value, "") + a_frame(flag::final_frame, "c");
  frame_walk walk(bytes);
  EXPECT_EQ(walk.nullable(), "ab");
  EXPECT_EQ(walk.nullable(), std::nullopt);
  EXPECT_EQ(walk.value(), "c");
  EXPECT_TRUE(walk.at_end());
  EXPECT_FALSE(walk.failed());
  EXPECT_EQ(walk.value(), "");
  EXPECT_TRUE(walk.failed());
}

TEST(frame_walk, takes_no_structure_for_a_value) {
  const std::string bytes = a_frame(flag::begin_structure, "");
  EXPECT_EQ(frame_walk(bytes).value(), "");
  frame_walk walk(bytes);
  (void)walk.value();
  EXPECT_TRUE(walk.failed());
}

TEST(frame_walk, passes_over_what_is_inside_of_structures) {
  const std::string begin = a_frame(flag::begin_structure, ""), end = a_frame(flag::end_structure, "");
  const std::string bytes = begin + a_frame(0, "a") + begin + end + end + a_frame(flag::final_frame, "b");
  frame_walk walk(bytes);
  walk.skip();
  EXPECT_EQ(walk.value(), "b");
  EXPECT_FALSE(walk.failed());

  frame_walk unended(begin);
  unended.skip();
  EXPECT_TRUE(unended.failed());
  frame_walk unbegun(end);
  unbegun.skip();
  EXPECT_TRUE(unbegun.failed());
}

TEST(fixed_fields, gives_zero_beyond_the_end) {
  const std::string bytes("\x01\x02\x00\x00\x00", 5);
  fixed_fields in(bytes);
  EXPECT_EQ(in.byte(0), 1);
  EXPECT_EQ(in.int32(1), 2);
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(in.int32(2), 0);
  EXPECT_TRUE(in.failed());
  EXPECT_FALSE(in.has(std::string::npos, 1));
}

}  // namespace
}  // namespace blotter::hazelcast
