#include "feed/reject_ledger.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace blotter::feed {
namespace {

constexpr auto not_json = reject_reason::not_json;
constexpr auto no_key = reject_reason::no_key;

instant at(int ms) {
  return instant() + milliseconds(ms);
}

TEST(reject_sampler, logs_the_first_few_then_one_a_period) {
  reject_sampler sampler({.first = 2, .period = milliseconds(100)});
  EXPECT_EQ(sampler.sample(not_json, at(0)), 0u);
  EXPECT_EQ(sampler.sample(not_json, at(1)), 0u);
  EXPECT_EQ(sampler.sample(not_json, at(2)), std::nullopt);
  EXPECT_EQ(sampler.sample(not_json, at(100)), std::nullopt);
  EXPECT_EQ(sampler.sample(not_json, at(101)), 2u);
  EXPECT_EQ(sampler.sample(not_json, at(102)), std::nullopt);
}

TEST(reject_sampler, keeps_reasons_apart) {
  reject_sampler sampler({.first = 1, .period = milliseconds(100)});
  EXPECT_EQ(sampler.sample(not_json, at(0)), 0u);
  EXPECT_EQ(sampler.sample(not_json, at(0)), std::nullopt);
  EXPECT_EQ(sampler.sample(no_key, at(0)), 0u);
}

TEST(reject_ledger, counts_each_logs_a_sample_and_keeps_the_record) {
  struct letters : dead_letter {
    void put(const raw_record& record, reject_reason reason, instant) override {
      EXPECT_EQ(reason, not_json);
      values.emplace_back(record.value.value());
    }
    std::vector<std::string> values;
  } kept;
  std::vector<std::string> log;
  reject_ledger ledger(&kept, [&log](std::string_view line) { log.emplace_back(line); },
                       {.first = 1, .period = milliseconds(100)});
  for (int i = 0; i < 3; ++i) ledger.note({"k", "bad", 7, 40 + i, {}}, not_json, at(i));
  ledger.note({"k", "bad", 7, 50, {}}, not_json, at(200));
  EXPECT_EQ(ledger.counters().of(not_json), 4u);
  EXPECT_EQ(ledger.counters().of(no_key), 0u);
  EXPECT_EQ(ledger.counters().total(), 4u);
  EXPECT_EQ(kept.values, std::vector<std::string>(4, "bad"));
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0], "record refused: partition 7 offset 40: not_json: The value is not JSON.");
  EXPECT_EQ(log[1],
            "record refused: partition 7 offset 50: not_json: The value is not JSON. (2 more of this kind "
            "since the "
            "last line)");
}

}  // namespace
}  // namespace blotter::feed
