#include "feed/market.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "feed/record.hpp"
#include "feed/tickers.hpp"

namespace blotter::feed {
namespace {

wall_time at(std::int64_t ms) {
  return wall_time(milliseconds(1'795'345'933'123 + ms));
}

struct text {
  std::string key, value;
  wall_time time;
  friend bool operator==(const text&, const text&) = default;
};

std::vector<text> take(market& from, wall_time now) {
  std::vector<text> all;
  while (const auto each = from.next(now))
    all.push_back({std::string(each->key), std::string(each->value.value_or("null")), each->time});
  return all;
}

TEST(market, gives_every_position_once_before_any_tick) {
  market one({.seed = 1, .clients = 30, .rows = 7, .rate = 100});
  const auto snapshot = take(one, at(0));
  EXPECT_EQ(snapshot.size(), 210u);
  EXPECT_TRUE(one.snapshot_given());
  std::set<std::string> keys;
  for (const auto& each : snapshot) keys.insert(each.key);
  EXPECT_EQ(keys.size(), 210u);
  EXPECT_TRUE(keys.begin()->starts_with("client-0001_"));
  EXPECT_TRUE(keys.rbegin()->starts_with("client-0030_"));
}

TEST(market, gives_the_same_records_for_the_same_seed_however_its_steps_are_spread) {
  const market_options options{.seed = 5, .clients = 10, .rows = 5, .rate = 1000};
  market often(options), seldom(options);
  std::vector<text> first, second;
  for (int ms = 0; ms <= 900; ++ms) {
    for (auto& each : take(often, at(ms))) first.push_back(each);
  }
  for (int ms = 0; ms <= 900; ms += 300) {
    for (auto& each : take(seldom, at(ms))) second.push_back(each);
  }
  EXPECT_EQ(first.size(), 50u + 900u);
  EXPECT_EQ(first, second);
  market other({.seed = 6, .clients = 10, .rows = 5, .rate = 1000});
  EXPECT_NE(take(other, at(0)), take(often, at(0)));
}

TEST(market, keeps_to_its_rate_and_says_when_the_next_record_is_due) {
  market one({.seed = 1, .clients = 1, .rows = 1, .rate = 4});
  take(one, at(0));
  EXPECT_EQ(one.due(), at(250));
  EXPECT_TRUE(take(one, at(249)).empty());
  EXPECT_EQ(take(one, at(250)).size(), 1u);
  EXPECT_EQ(take(one, at(1000)).size(), 3u);
  market still({.seed = 1, .clients = 1, .rows = 1, .rate = 0});
  EXPECT_EQ(take(still, at(0)).size(), 1u);
  EXPECT_TRUE(take(still, at(1'000'000)).empty());
}

TEST(market, forgets_what_it_owes_after_a_long_sleep) {
  market one({.seed = 1, .clients = 1, .rows = 1, .rate = 1000});
  take(one, at(0));
  EXPECT_LE(take(one, at(3'600'000)).size(), 1u);
  EXPECT_EQ(take(one, at(3'600'100)).size(), 100u);
}

TEST(market, is_understood_by_the_record_parser_and_never_loses_or_doubles_a_position) {
  market one({.seed = 9, .clients = 20, .rows = 6, .rate = 1000});
  record_parser parser{record_mapping{}};
  std::map<std::string, std::set<std::string>, std::less<>> held;
  std::size_t erased = 0, records = 0;
  for (int ms = 0; ms <= 60'000; ms += 500) {
    while (const auto each = one.next(at(ms))) {
      change_batch batch;
      ASSERT_EQ(parser.parse({each->key, each->value, 0, 0, each->time}, batch), std::nullopt) << each->key;
      const auto& change = batch.changes.at(0);
      auto& rows = held[std::string(change.client)];
      ++records;
      if (change.kind == table::change_kind::put) {
        rows.insert(std::string(change.key));
      } else {
        ++erased;
        EXPECT_EQ(rows.erase(std::string(change.key)), 1u);
      }
    }
  }
  EXPECT_EQ(records, 120u + 60'000u);
  EXPECT_GT(erased, 60u);
  EXPECT_EQ(held.size(), 20u);
  for (const auto& [client, rows] : held) EXPECT_NEAR(static_cast<double>(rows.size()), 6, 1);
}

std::string number_after(const std::string& value, const std::string& name) {
  const auto from = value.find("\"" + name + "\":") + name.size() + 3;
  return value.substr(from, value.find(',', from) - from);
}

std::int64_t units(std::string number) {
  std::erase(number, '.');
  return std::stoll(number);
}

TEST(market, computes_market_values_exactly) {
  market one({.seed = 2, .clients = 50, .rows = 10, .rate = 1});
  for (const auto& each : take(one, at(0)))
    EXPECT_EQ(units(number_after(each.value, "market_value")),
              units(number_after(each.value, "price")) * units(number_after(each.value, "quantity")))
        << each.value;
}

TEST(market, writes_values_of_the_default_form) {
  market one({.seed = 2, .clients = 1, .rows = 1, .rate = 1});
  const auto value = take(one, at(0)).at(0).value;
  EXPECT_TRUE(value.starts_with(R"({"clientId":"client-0001","ticker":")")) << value;
  EXPECT_NE(value.find(R"("price_last_updated":"2026-11-22T11:12:13.123Z","holding_last_updated":"2026-11-)"),
            value.npos)
      << value;
}

TEST(market, refuses_options_out_of_range) {
  EXPECT_THROW(market({.seed = 1, .clients = 0, .rows = 1, .rate = 1}), std::invalid_argument);
  EXPECT_THROW(market({.seed = 1, .clients = 1, .rows = 100'001, .rate = 1}), std::invalid_argument);
  EXPECT_THROW(market({.seed = 1, .clients = 1, .rows = 1, .rate = -1}), std::invalid_argument);
  EXPECT_THROW(market({.seed = 1, .clients = 1, .rows = 1, .rate = 0.0 / 0.0}), std::invalid_argument);
}

TEST(tickers, are_all_different) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < tickers_max; ++i) ASSERT_TRUE(seen.insert(ticker(i)).second) << i;
}

}  // namespace
}  // namespace blotter::feed
