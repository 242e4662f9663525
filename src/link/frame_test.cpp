#include "link/frame.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/random.hpp"
#include "link/errc.hpp"
#include "link/sample_messages.hpp"

namespace blotter::link {
namespace {

std::string frame(std::string_view body) {
  outbox to;
  put_frame(to, body);
  return sample::bytes_of(to);
}

std::string head(std::uint32_t size) {
  std::string made = "BLK1....";
  std::memcpy(made.data() + 4, &size, sizeof size);
  return made;
}

void put(frame_reader& in, std::string_view bytes) {
  const auto room = in.room();
  ASSERT_LE(bytes.size(), room.size());
  std::memcpy(room.data(), bytes.data(), bytes.size());
  in.arrived(bytes.size());
}

std::string_view text(std::span<const char> body) {
  return {body.data(), body.size()};
}

error_code error_of(std::string_view bytes) {
  frame_reader in;
  put(in, bytes);
  const auto body = in.next();
  return body ? error_code() : body.error();
}

TEST(frame, gives_bodies_whole_however_they_arrive) {
  random_source chance(1);
  std::string bytes;
  for (std::size_t size = 1; size < 300; ++size) bytes += frame(std::string(size, static_cast<char>(size)));
  frame_reader in;
  std::size_t next = 1;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t step = std::min(1 + chance.below(60), bytes.size() - at);
    put(in, std::string_view(bytes).substr(at, step));
    at += step;
    for (;;) {
      const auto body = in.next();
      ASSERT_TRUE(body.has_value());
      if (body->empty()) break;
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(body->data()) % 8, 0u);
      EXPECT_EQ(body->size(), (next + 7) / 8 * 8);
      EXPECT_EQ(text(*body).substr(0, next), std::string(next, static_cast<char>(next)));
      ++next;
    }
  }
  EXPECT_EQ(next, 300u);
}

TEST(frame, tells_people_what_came_instead) {
  EXPECT_EQ(error_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), errc::http_request);
  EXPECT_EQ(error_of("POST /v1 HTTP/1.1\r\n"), errc::http_request);
  EXPECT_EQ(error_of(std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8)), errc::tls_request);
  EXPECT_EQ(error_of("SSH-2.0-OpenSSH_9.2"), errc::not_a_link);
  EXPECT_EQ(error_of("BLK2xxxxxxxx"), errc::not_a_link);
  EXPECT_EQ(error_of("BLK"), error_code());
}

TEST(frame, refuses_sizes_that_no_frame_has) {
  EXPECT_EQ(error_of(head(0)), errc::frame_too_large);
  EXPECT_EQ(error_of(head(12)), errc::frame_too_large);
  EXPECT_EQ(error_of(head(0xFFFFFFF8)), errc::frame_too_large);
  EXPECT_EQ(error_of(head(greeting_size_max + 8)), errc::frame_too_large);
  EXPECT_EQ(error_of(head(greeting_size_max)), error_code());
  frame_reader in;
  in.set_size_max(frame_size_max);
  put(in, head(frame_size_max + 8));
  EXPECT_FALSE(in.next().has_value());
}

TEST(frame, a_claimed_size_allocates_nothing) {
  frame_reader in;
  in.set_size_max(frame_size_max);
  in.room();
  const std::size_t before = in.memory_bytes();
  put(in, head(frame_size_max));
  ASSERT_TRUE(in.next()->empty());
  in.room();
  EXPECT_EQ(in.memory_bytes(), before);
}

TEST(frame, takes_the_largest_and_gives_its_memory_back) {
  const std::string largest = frame(std::string(frame_size_max, 'x'));
  frame_reader in;
  in.set_size_max(frame_size_max);
  for (std::size_t at = 0; at < largest.size();) {
    ASSERT_TRUE(in.next()->empty());
    const auto room = in.room();
    ASSERT_FALSE(room.empty());
    const std::size_t size = std::min(room.size(), largest.size() - at);
    std::memcpy(room.data(), largest.data() + at, size);
    in.arrived(size);
    at += size;
    EXPECT_LE(in.memory_bytes(), frame_size_max + frame_head_size);
  }
  EXPECT_EQ(in.next()->size(), frame_size_max);
  in.room();
  EXPECT_LE(in.memory_bytes(), 256u * 1024);
}

TEST(outbox, gives_the_bytes_in_order_whatever_is_written_at_once) {
  random_source chance(2);
  outbox all;
  std::string in;
  std::string out;
  for (int i = 0; i < 3'000; ++i) {
    const std::string more = sample::any_text(chance, 0, i % 100 == 0 ? 200'000 : 2'000);
    all.put(more);
    in += more;
    std::span<const char> pieces[3];
    const std::size_t count = all.gather(pieces);
    std::string waits;
    for (std::size_t k = 0; k < count; ++k) waits.append(pieces[k].data(), pieces[k].size());
    const std::size_t taken = chance.below(std::min<std::size_t>(waits.size(), 3'000) + 1);
    out += waits.substr(0, taken);
    all.written(taken);
    EXPECT_EQ(all.size(), in.size() - out.size());
  }
  out += sample::bytes_of(all);
  EXPECT_EQ(in, out);
  all.written(all.size());
  EXPECT_TRUE(all.empty());
  EXPECT_EQ(all.bytes_total(), in.size());
}

TEST(outbox, takes_whole_blocks_between_copied_bytes) {
  outbox all;
  all.put(std::string("before "));
  outbox::memory block = all.take_block();
  std::memcpy(block.get() + outbox::block_size - 6, "block ", 6);
  all.put_block(std::move(block), outbox::block_size, outbox::block_size - 6);
  all.put(std::string("behind"));
  EXPECT_EQ(all.size(), 19u);
  EXPECT_EQ(sample::bytes_of(all), "before block behind");
  all.written(9);
  EXPECT_EQ(sample::bytes_of(all), "ock behind");
  all.written(10);
  EXPECT_TRUE(all.empty());
}

TEST(outbox, keeps_what_is_being_written_in_its_place) {
  outbox all;
  all.put(std::string(10, 'a'));
  std::span<const char> piece[1];
  ASSERT_EQ(all.gather(piece), 1u);
  const char* before = piece[0].data();
  for (int i = 0; i < 1'000; ++i) all.put(std::string(1'000, 'b'));
  ASSERT_EQ(all.gather(piece), 1u);
  EXPECT_EQ(piece[0].data(), before);
}

}  // namespace
}  // namespace blotter::link
