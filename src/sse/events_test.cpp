#include "sse/events.hpp"

#include <gtest/gtest.h>

namespace blotter::sse {
namespace {

using table::change_kind;
using table::row_content;

proof two_rows() {
  table::checksum sum;
  sum.add(table::key_hash("AAPL"), {3, 1842});
  return {2, sum};
}

TEST(events, writes_each_as_a_browser_reads_it) {
  std::string out;
  append_retry(out, milliseconds(2500));
  append_hello_resumed(out, "m-1", std::chrono::seconds(5), wall_time(milliseconds(1763800000000)));
  append_hello_fresh(out, "m-1", "new", std::chrono::seconds(1), wall_time(milliseconds(7)));
  append_reset(out, reset_reason::generation, "topic was created again");
  append_status(out, freshness::feed, "broker lost");
  append_status(out, freshness::current, "");
  append_bye(out, "1AB", bye_reason::shutdown, true);
  EXPECT_EQ(
      out,
      "retry: 2500\n\n"
      "event: hello\ndata: "
      "{\"protocol\":1,\"member\":\"m-1\",\"resumed\":true,\"beat\":5,\"time\":1763800000000}\n\n"
      "event: hello\ndata: "
      "{\"protocol\":1,\"member\":\"m-1\",\"resumed\":false,\"reason\":\"new\",\"beat\":1,\"time\":7}\n\n"
      "event: reset\nid: \ndata: {\"reason\":\"generation\",\"text\":\"topic was created again\"}\n\n"
      "event: status\ndata: {\"state\":\"stale\",\"reason\":\"feed\",\"text\":\"broker lost\"}\n\n"
      "event: status\ndata: {\"state\":\"current\"}\n\n"
      "event: bye\nid: 1AB\ndata: {\"code\":1,\"reason\":\"shutdown\",\"reconnect\":true}\n\n");
}

TEST(events, writes_rows_of_one_flush_as_one_event) {
  const row_content apple("AAPL", "{\"q\":1}");
  const row_content gone("MSFT", "");
  std::string out;
  begin_rows(out);
  append_row(out, {apple, {3, 1842}, {}, change_kind::put});
  append_row(out, {gone, {0, 17}, {}, change_kind::erase});
  end_rows(out, "1AB");
  EXPECT_EQ(out,
            "event: rows\ndata: [{\"key\":\"AAPL\",\"v\":[3,1842],\"row\":{\"q\":1}},"
            "{\"key\":\"MSFT\",\"v\":[0,17],\"deleted\":true}]\nid: 1AB\n\n");
}

TEST(events, proves_count_and_checksum) {
  std::string out;
  append_live(out, "1AB", two_rows());
  std::string sum;
  append_checksum(sum, two_rows().sum);
  EXPECT_EQ(out, "event: live\nid: 1AB\ndata: {\"count\":2,\"checksum\":\"" + sum + "\"}\n\n");
  EXPECT_EQ(sum.size(), 16u);
  std::string beat;
  append_beat(beat, {}, wall_time(milliseconds(1763800000000)), milliseconds(12), nullptr);
  EXPECT_EQ(beat, "event: beat\ndata: {\"time\":1763800000000,\"lag\":12}\n\n");
}

TEST(events, has_sixteen_zeros_for_an_empty_table) {
  std::string out;
  append_checksum(out, {});
  EXPECT_EQ(out, "0000000000000000");
}

}  // namespace
}  // namespace blotter::sse
