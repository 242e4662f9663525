#include "feed/line_pump.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace blotter::feed {
namespace {

struct kept : outlet {
  bool put(event what) override {
    auto& batch = std::get<change_batch>(what);
    EXPECT_LE(batch.changes.size(), batch_changes_max);
    batches.push_back(std::move(batch));
    return open;
  }
  std::vector<change_batch> batches;
  bool open = true;
};

std::string row(int number) {
  return R"({"clientId":"c1","ticker":"T)" + std::to_string(number) + "\"}\n";
}

TEST(line_pump, makes_rows_of_lines_at_the_offsets_of_their_first_bytes) {
  kept out;
  reject_ledger rejects;
  line_pump pump(record_mapping{}, rejects, out);
  const std::string text = row(1) + "bad\n\n" + row(2);
  ASSERT_TRUE(pump.take(text.substr(0, 10), {instant(), wall_time(milliseconds(5))}));
  ASSERT_TRUE(pump.take(text.substr(10), {instant(), wall_time(milliseconds(6))}));
  EXPECT_TRUE(out.batches.empty());
  ASSERT_TRUE(pump.flush());
  ASSERT_EQ(out.batches.size(), 1u);
  ASSERT_EQ(out.batches[0].changes.size(), 2u);
  EXPECT_EQ(out.batches[0].changes[0].at, (table::position{0, 0}));
  EXPECT_EQ(out.batches[0].changes[1].at.offset, static_cast<std::int64_t>(text.size() - row(2).size()));
  EXPECT_EQ(out.batches[0].changes[1].key, "T2");
  EXPECT_EQ(out.batches[0].changes[1].time, wall_time(milliseconds(6)));
  EXPECT_EQ(rejects.counters().of(reject_reason::not_json), 1u);
  EXPECT_EQ(rejects.counters().total(), 1u);
  EXPECT_EQ(pump.offset(), static_cast<std::int64_t>(text.size()));
}

TEST(line_pump, puts_bounded_batches) {
  kept out;
  reject_ledger rejects;
  line_pump pump(record_mapping{}, rejects, out);
  std::string text;
  for (int i = 0; i < 5000; ++i) text += row(i);
  ASSERT_TRUE(pump.take(text, {}));
  ASSERT_TRUE(pump.flush());
  EXPECT_EQ(out.batches.size(), 5u);
  EXPECT_EQ(pump.changes(), 5000u);
}

TEST(line_pump, counts_a_line_that_is_too_long_and_goes_on) {
  kept out;
  reject_ledger rejects;
  line_pump pump(record_mapping{}, rejects, out);
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pump.take(piece, {}));
  ASSERT_TRUE(pump.take("\n" + row(1), {}));
  ASSERT_TRUE(pump.flush());
  EXPECT_EQ(rejects.counters().of(reject_reason::too_large), 1u);
  EXPECT_EQ(out.batches.at(0).changes.at(0).at.offset, (3 << 20) + 1);
}

TEST(line_pump, takes_a_last_line_without_line_break_at_the_end_only) {
  kept out;
  reject_ledger rejects;
  line_pump pump(record_mapping{}, rejects, out);
  const std::string text = row(1);
  ASSERT_TRUE(pump.take(std::string_view(text).substr(0, text.size() - 1), {}));
  ASSERT_TRUE(pump.flush());
  EXPECT_TRUE(out.batches.empty());
  ASSERT_TRUE(pump.end({}));
  ASSERT_TRUE(pump.flush());
  EXPECT_EQ(out.batches.size(), 1u);
}

TEST(line_pump, says_when_the_other_side_has_gone) {
  kept out;
  out.open = false;
  reject_ledger rejects;
  line_pump pump(record_mapping{}, rejects, out);
  ASSERT_TRUE(pump.take(row(1), {}));
  EXPECT_FALSE(pump.flush());
}

TEST(line_pump, begins_at_offset_0_after_a_restart) {
  kept out;
  reject_ledger rejects;
  line_pump pump(record_mapping{}, rejects, out);
  ASSERT_TRUE(pump.take(row(1) + "half a li", {}));
  pump.restart();
  ASSERT_TRUE(pump.take(row(2), {}));
  ASSERT_TRUE(pump.flush());
  ASSERT_EQ(out.batches.at(0).changes.size(), 1u);
  EXPECT_EQ(out.batches[0].changes[0].at.offset, 0);
  EXPECT_EQ(out.batches[0].changes[0].key, "T2");
}

}  // namespace
}  // namespace blotter::feed
