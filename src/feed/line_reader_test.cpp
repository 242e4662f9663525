#include "feed/line_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.hpp"

namespace blotter::feed {
namespace {

struct seen {
  std::uint64_t offset;
  std::string text;
  bool whole;
  friend bool operator==(const seen&, const seen&) = default;
};
void PrintTo(const seen& each, std::ostream* out) {
  *out << each.offset << " '" << each.text << "'" << (each.whole ? "" : " not whole");
}

void read(line_reader& reader, std::string_view bytes, std::vector<seen>& all) {
  reader.give(bytes);
  while (const auto each = reader.next()) all.push_back({each->offset, std::string(each->text), each->whole});
}

std::vector<seen> lines_of(std::string_view bytes, const std::vector<std::size_t>& cuts,
                           std::size_t size_max = 8) {
  line_reader reader(size_max);
  std::vector<seen> all;
  std::size_t from = 0;
  for (const auto cut : cuts) {
    read(reader, std::string(bytes.substr(from, cut - from)),
         all);  // a copy: bytes are borrowed for a call only
    from = cut;
  }
  read(reader, std::string(bytes.substr(from)), all);
  if (const auto each = reader.rest()) all.push_back({each->offset, std::string(each->text), each->whole});
  EXPECT_EQ(reader.offset(), bytes.size());
  return all;
}

const std::string stream = "one\ntwo\r\n\nexactly8\nexactly8\r\nlonger than 8\n\r\r\nfour\nnine byte\r\nlast";
const std::vector<seen> expected{{0, "one", true},       {4, "two", true},       {9, "", true},
                                 {10, "exactly8", true}, {19, "exactly8", true}, {29, "longer t", false},
                                 {43, "\r", true},       {46, "four", true},     {51, "nine byt", false},
                                 {62, "last", true}};

TEST(line_reader, finds_lines_and_their_offsets) {
  EXPECT_EQ(lines_of(stream, {}), expected);
}

TEST(line_reader, gives_the_same_lines_wherever_the_bytes_are_cut) {
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second)
      ASSERT_EQ(lines_of(stream, {first, second}), expected) << first << " " << second;
  }
}

TEST(line_reader, gives_the_same_lines_byte_by_byte) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = 1; at < stream.size(); ++at) cuts.push_back(at);
  EXPECT_EQ(lines_of(stream, cuts), expected);
}

TEST(line_reader, gives_an_over_long_line_before_its_end_has_come_and_skips_the_rest) {
  line_reader reader(8);
  std::vector<seen> all;
  read(reader, "0123456789", all);
  EXPECT_EQ(all, (std::vector<seen>{{0, "01234567", false}}));
  for (int i = 0; i < 100; ++i) read(reader, "0123456789", all);
  read(reader, "\nx\n", all);
  EXPECT_EQ(all.size(), 2u);
  EXPECT_EQ(all.back(), (seen{1011, "x", true}));
}

TEST(line_reader, keeps_an_incomplete_line_until_its_end_comes) {
  line_reader reader(8);
  std::vector<seen> all;
  read(reader, "a\nbc", all);
  EXPECT_EQ(all.size(), 1u);
  EXPECT_EQ(reader.offset(), 2u);
  read(reader, "d\n", all);
  EXPECT_EQ(all.back(), (seen{2, "bcd", true}));
}

TEST(line_reader, gives_no_last_line_that_was_not_there) {
  EXPECT_EQ(lines_of("", {}).size(), 0u);
  EXPECT_EQ(lines_of("a\n", {1}).size(), 1u);
  EXPECT_EQ(lines_of("a line too long", {3}).size(), 1u);
}

}  // namespace
}  // namespace blotter::feed
