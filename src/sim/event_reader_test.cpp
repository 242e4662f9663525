#include "sim/event_reader.hpp"

#include <gtest/gtest.h>

#include "sim/proof.hpp"
#include "sim/topic.hpp"

namespace blotter::sim {
namespace {

TEST(event_reader, reads_events_wherever_they_are_cut) {
  const std::string stream =
      "retry: 1000\n\nevent: live\nid: 1AB\ndata: {\"count\":0}\n\nevent: rows\ndata: []\n\n";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    event_reader reader;
    std::vector<stream_event> events;
    ASSERT_TRUE(reader.take(std::string_view(stream).substr(0, cut), events));
    ASSERT_TRUE(reader.take(std::string_view(stream).substr(cut), events));
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].name, "live");
    EXPECT_EQ(events[0].id, "1AB");
    EXPECT_FALSE(events[1].id);
  }
}

TEST(event_reader, refuses_what_is_no_such_stream) {
  event_reader reader;
  std::vector<stream_event> events;
  EXPECT_FALSE(reader.take("HTTP/1.1 200 OK\n", events));
}

TEST(rows, are_read_strictly) {
  std::vector<told_row> rows;
  ASSERT_TRUE(
      read_rows(R"([{"key":"a\"b","v":[3,9],"row":{"n":1}},{"key":"c","v":[0,1],"deleted":true}])", rows));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].key, "a\"b");
  EXPECT_EQ(rows[0].value, "{\"n\":1}");
  EXPECT_EQ(rows[1].offset, 1);
  EXPECT_TRUE(rows[1].deleted);
  for (const std::string_view bad : {"", "[]", "[{}]", R"([{"key":"a","v":[3],"row":{}}])",
                                     R"([{"key":"a","v":[3,1],"row":{}}] )", R"([{"key":"a","v":[3,1]}])"})
    EXPECT_FALSE(read_rows(bad, rows)) << bad;
}

TEST(proof, is_the_one_of_the_protocol) {
  proof none;
  EXPECT_EQ(none.checksum(), "0000000000000000");
  proof one;
  one.add("k0", {0, 0});
  EXPECT_EQ(one.checksum(), "1978bc05a29fbdd7");
  EXPECT_EQ(one.count(), 1);
}

struct no_reader : log_reader {
  void appended(const record&) override {}
  void began(const std::vector<record>&) override {}
  void gapped() override {}
};

TEST(topic, never_compacts_a_row_and_its_delete_at_once) {
  no_reader reader;
  plan life;
  life.seed = 1;
  life.retention_ms = 100;
  topic log(life, reader);
  const instant now{std::chrono::hours(1)};
  log.append(0, 1, false, false, now);
  log.append(0, 1, true, false, now);
  log.compact(now + std::chrono::hours(1));
  ASSERT_EQ(log.partitions()[0].records.size(), 1u);
  EXPECT_TRUE(log.partitions()[0].records[0].deleted);
  log.compact(now + std::chrono::hours(2));
  EXPECT_TRUE(log.partitions()[0].records.empty());
  EXPECT_EQ(log.partitions()[0].end, 2);
}

TEST(topic, is_another_one_when_it_was_truncated_made_anew_or_given_partitions) {
  no_reader reader;
  plan life;
  topic log(life, reader);
  const auto first = log.generation();
  log.truncate({});
  const auto second = log.generation();
  log.recreate(3, {});
  const auto third = log.generation();
  log.add_partitions(2, {});
  EXPECT_EQ(log.partitions().size(), 5u);
  EXPECT_NE(first, second);
  EXPECT_NE(second, third);
  EXPECT_NE(third, log.generation());
}

}  // namespace
}  // namespace blotter::sim
