#include "table/bookmark.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace blotter::table {
namespace {

bookmark sample(std::size_t partitions, record_offset offset) {
  bookmark made{static_cast<generation>(0x0123456789ABCDEFu), {}};
  for (std::size_t p = 0; p < partitions; ++p)
    made.seen.set({static_cast<partition_id>(p), offset + static_cast<record_offset>(p)});
  return made;
}

TEST(bookmark, reads_back_what_it_wrote) {
  for (const std::size_t partitions : {0u, 1u, 2u, 12u, 64u, 256u}) {
    const bookmark made = sample(partitions, 1'000'000);
    const auto read = parse_bookmark(made.text());
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(*read, made);
  }
}

TEST(bookmark, has_at_most_128_bytes_for_12_partitions) {
  EXPECT_LE(sample(12, (record_offset{1} << 42) - 100).text().size(), 128u);
}

TEST(bookmark, has_only_characters_that_need_no_escape_in_a_url) {
  EXPECT_EQ(sample(12, 123'456'789)
                .text()
                .find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
}

TEST(bookmark, has_no_text_when_it_would_be_longer_than_a_header_may_be) {
  std::string out = "before";
  EXPECT_EQ(sample(2000, record_offset{1} << 40).append_to(out), 0u);
  EXPECT_EQ(out, "before");
}

TEST(bookmark, leaves_out_partitions_in_which_nothing_was_seen) {
  bookmark made = sample(2, 7);
  made.seen.set({9, -1});
  EXPECT_EQ(parse_bookmark(made.text())->seen.size(), 2u);
}

TEST(bookmark, refuses_an_empty_or_unknown_version) {
  EXPECT_EQ(parse_bookmark("").error(), bookmark_errc::unknown_version);
  EXPECT_EQ(parse_bookmark("2AAAA").error(), bookmark_errc::unknown_version);
}

TEST(bookmark, refuses_one_that_is_too_long) {
  EXPECT_EQ(parse_bookmark(std::string(bookmark_text_max + 1, '1')).error(), bookmark_errc::too_long);
}

TEST(bookmark, refuses_foreign_characters_and_loose_bits) {
  EXPECT_EQ(parse_bookmark("1AAAA+AAA").error(), bookmark_errc::not_base64url);
  EXPECT_EQ(parse_bookmark("1AAAAAAAAAAB").error(), bookmark_errc::not_base64url);
}

TEST(bookmark, refuses_one_that_was_cut_short) {
  const std::string whole = sample(2, 1 << 20).text();
  EXPECT_EQ(parse_bookmark(whole.substr(0, 5)).error(), bookmark_errc::truncated);
  int refused = 0;
  for (std::size_t size = 1; size < whole.size(); ++size) refused += !parse_bookmark(whole.substr(0, size));
  EXPECT_GE(refused, static_cast<int>(whole.size()) - 3) << "all but the cuts between two positions";
}

TEST(bookmark, reads_back_how_far_the_table_went) {
  bookmark made = sample(3, 100);
  made.reach.set({0, 101});
  made.reach.set({2, record_offset{1} << 50});
  const auto read = parse_bookmark(made.text());
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, made);
}

TEST(bookmark, refuses_partitions_that_do_not_rise) {
  // generation of zeros, partition 1 offset 1, then a step of 0: one farther; then a step of 0 again
  ASSERT_TRUE(parse_bookmark("1AAAAAAAAAAABAQAB"));
  EXPECT_EQ(parse_bookmark("1AAAAAAAAAAABAQABAAE").error(), bookmark_errc::bad_partition_order);
}

TEST(bookmark, refuses_a_reach_of_nothing) {
  EXPECT_EQ(parse_bookmark("1AAAAAAAAAAABAQAA").error(), bookmark_errc::truncated);
}

TEST(bookmark, survives_any_bytes) {
  random_source random(7);
  const std::string alphabet = "ABCZabcz019-_=+ %\n";
  for (int i = 0; i < 20'000; ++i) {
    std::string text = "1";
    for (auto left = random.below(40); left > 0; --left) text += alphabet[random.below(alphabet.size())];
    const auto read = parse_bookmark(text);
    if (!read) continue;
    EXPECT_EQ(read->text(), text) << "only what `text` makes may be accepted";
  }
}

TEST(positions, keep_the_highest_offset_of_each_partition) {
  positions seen;
  seen.raise({3, 10});
  seen.raise({1, 5});
  seen.raise({3, 4});
  EXPECT_EQ(seen.at(3), 10);
  EXPECT_EQ(seen.at(2), -1);
  EXPECT_TRUE(seen.has({1, 5}));
  EXPECT_FALSE(seen.has({1, 6}));
  EXPECT_EQ(seen.all().front().partition, 1u);
}

}  // namespace
}  // namespace blotter::table
