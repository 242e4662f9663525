#include "http/event_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.hpp"

namespace blotter::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// An event as one text: name|data|id, with ! before an id that came with it.
std::string shown(const stream_event& event) {
  return std::string(event.name) + '|' + std::string(event.data) + '|' + (event.has_id ? "!" : "") +
         std::string(event.id);
}

void read_into(event_parser& parser, std::string_view bytes, std::vector<std::string>& out) {
  while (true) {
    const auto event = parser.next(bytes);
    if (!event) return out.push_back("error: " + event.error().message());
    if (!*event) break;
    out.push_back(shown(**event));
  }
  EXPECT_TRUE(bytes.empty());
}

std::vector<std::string> read(std::string_view bytes) {
  event_parser parser;
  std::vector<std::string> events;
  read_into(parser, bytes, events);
  return events;
}

TEST(event_parser, reads_an_event) {
  EXPECT_THAT(read("event: rows\nid: b1\ndata: [1]\n\n"), ElementsAre("rows|[1]|!b1"));
}

TEST(event_parser, joins_lines_of_data) {
  EXPECT_THAT(read("data: a\ndata\ndata:b\ndata:  c\n\n"), ElementsAre("message|a\n\nb\n c|"));
}

TEST(event_parser, takes_every_line_end) {
  EXPECT_THAT(read("data: a\r\rdata: b\r\n\r\ndata: c\n\ndata: d\r\n\ndata: e\n\r"),
              ElementsAre("message|a|", "message|b|", "message|c|", "message|d|", "message|e|"));
}

TEST(event_parser, takes_cr_and_lf_together_for_one_line_end) {
  EXPECT_THAT(read("event: rows\r\nid: 1\r\ndata: a\r\ndata: b\r\n\r\n"), ElementsAre("rows|a\nb|!1"));
}

TEST(event_parser, ignores_comments_and_unknown_fields) {
  EXPECT_THAT(read(": hello\n:\nfuture: 1\nData: x\n data: y\ndata: z\n\n"), ElementsAre("message|z|"));
}

TEST(event_parser, drops_an_event_without_data_but_keeps_its_id) {
  EXPECT_THAT(read("event: rows\nid: 7\n\ndata: x\n\n"), ElementsAre("message|x|7"));
  EXPECT_THAT(read("data:\n\n"), ElementsAre("message||"));
  EXPECT_THAT(read("\n\n\n"), IsEmpty());
}

TEST(event_parser, ignores_an_id_with_a_nul) {
  EXPECT_THAT(read(std::string_view("id: a\ndata: 1\n\nid: b\0c\ndata: 2\n\nid\ndata: 3\n\n", 44)),
              ElementsAre("message|1|!a", "message|2|a", "message|3|!"));
}

TEST(event_parser, skips_a_byte_order_mark_at_the_very_start_only) {
  EXPECT_THAT(read("\xEF\xBB\xBF"
                   "data: a\n\n\xEF\xBB\xBF"
                   "data: b\n\ndata: c\n\n"),
              ElementsAre("message|a|", "message|c|"));
  EXPECT_THAT(read("\xEF\xBB\xBF\xEF\xBB\xBF"
                   "data: a\n\n"),
              IsEmpty());
}

TEST(event_parser, never_gives_an_event_that_did_not_end) {
  EXPECT_THAT(read("data: a\n\ndata: b\nid: 2\n"), ElementsAre("message|a|"));
}

TEST(event_parser, takes_a_retry_of_digits_only) {
  const auto retry = [](std::string_view value) {
    event_parser parser;
    std::vector<std::string> events;
    read_into(parser, "retry: 1\nretry:" + std::string(value) + "\n", events);
    return parser.retry().value_or(milliseconds(-1)).count();
  };
  EXPECT_EQ(retry("2500"), 2500);
  EXPECT_EQ(retry(" 2500"), 2500);
  for (const char* bad : {"", "-5", "+5", "5s", "0x5", "1e3", "99999999999999999999", "  5"}) {
    EXPECT_EQ(retry(bad), 1) << bad;
  }
  EXPECT_EQ(event_parser().retry(), std::nullopt);
}

using namespace std::string_view_literals;

const std::string_view everything =
    "\xEF\xBB\xBF: welcome\r\nretry: 2000\r\n\r\nevent: hello\ndata: {\"protocol\":1}\n\n"
    "id: 1\revent: rows\rdata: [\rdata: 1]\r\rid: x\0y\nevent: beat\r\ndata:\n\nevent\n\ndata: "
    "\xC3\xA4:b\r\n\r"sv;

TEST(event_parser, reads_the_same_wherever_the_bytes_are_cut) {
  const std::vector<std::string> whole = read(everything);
  ASSERT_THAT(whole,
              ElementsAre("hello|{\"protocol\":1}|", "rows|[\n1]|!1", "beat||1", "message|\xC3\xA4:b|1"));
  const std::string text = std::string(everything) + "\nid: z\ndata: end\n\n";
  const std::vector<std::string> expected = read(text);
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      event_parser parser;
      std::vector<std::string> events;
      read_into(parser, std::string(text, 0, first), events);
      read_into(parser, std::string(text, first, second - first), events);
      read_into(parser, std::string(text, second), events);
      ASSERT_EQ(events, expected) << "cut at " << first << " and " << second;
      ASSERT_EQ(parser.retry(), milliseconds(2000));
    }
  }
}

TEST(event_parser, reads_the_same_byte_by_byte) {
  event_parser parser;
  std::vector<std::string> events;
  for (const char byte : everything) read_into(parser, std::string(1, byte), events);
  EXPECT_EQ(events, read(everything));
}

TEST(event_parser, refuses_a_line_over_its_limit) {
  const auto outcome = [](const std::vector<std::string>& chunks) {
    event_parser parser({.line_size_max = 16, .event_size_max = 100});
    std::vector<std::string> events;
    for (const std::string& chunk : chunks) read_into(parser, chunk, events);
    return events;
  };
  const std::string error = "error: a line of the stream is too long";
  EXPECT_THAT(outcome({"data: 0123456789\n\n"}), ElementsAre("message|0123456789|"));
  EXPECT_THAT(outcome({"data: 0123456789a\n\n"}), ElementsAre(error));
  EXPECT_THAT(outcome({"data: 0123", "456789a"}), ElementsAre(error));
  EXPECT_THAT(outcome({"data: 0123", "456789", "\n\n"}), ElementsAre("message|0123456789|"));
}

TEST(event_parser, refuses_an_event_over_its_limit) {
  event_parser parser({.line_size_max = 100, .event_size_max = 8});
  std::vector<std::string> events;
  read_into(parser, "data: 123\ndata: 1234\n\ndata: 1234\ndata: 12345\n\n", events);
  EXPECT_THAT(events, ElementsAre("message|123\n1234|", "error: an event of the stream is too long"));
}

TEST(event_parser, survives_any_bytes) {
  random_source chance(7);
  constexpr std::string_view letters("\r\n: \0dataeventidretry0\xEF\xBB\xBF", 25);
  for (int life = 0; life < 2'000; ++life) {
    std::string text;
    for (std::uint64_t n = chance.below(60); n > 0; --n) text += letters[chance.below(letters.size())];
    event_parser parser;
    std::vector<std::string> events;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = 1 + chance.below(text.size() - at);
      read_into(parser, text.substr(at, size), events);
      at += size;
    }
    ASSERT_EQ(events, read(text));
  }
}

}  // namespace
}  // namespace blotter::http
