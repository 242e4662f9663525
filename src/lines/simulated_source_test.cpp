#include "lines/simulated_source.hpp"

#include <gtest/gtest.h>

#include <map>

#include "lines/collecting_outlet.hpp"

namespace blotter::lines {
namespace {

using seen = collecting_outlet::seen;

TEST(simulated_source, gives_the_snapshot_then_ticks_over_all_partitions) {
  feed::reject_ledger rejects;
  collecting_outlet out;
  simulated_source source({.seed = 1, .clients = 50, .rows = 20, .rate = 20'000}, rejects, out);
  feed::arrival now{};
  for (int i = 0; i < 1000 && out.now().changes.size() < 3000; ++i) {
    ASSERT_NE(source.turn(now), simulated_source::turned::ended);
    now.now += simulated_source::pace;
  }
  const seen after = out.now();
  EXPECT_EQ(after.generations.size(), 1u);
  EXPECT_NEAR(static_cast<double>(after.rows.size()), 1000, 10);
  EXPECT_EQ(rejects.counters().total(), 0u);
  std::map<table::partition_id, table::record_offset> next;
  for (const auto& change : after.changes) EXPECT_EQ(change.at.offset, next[change.at.partition]++);
  EXPECT_EQ(next.size(), simulated_source::partitions);
  table::record_offset snapshot = 0;
  for (const auto& [partition, offset] : after.caught_up) snapshot += offset;
  EXPECT_EQ(snapshot, 1000);
}

TEST(simulated_source, gives_a_large_market_in_turns) {
  feed::reject_ledger rejects;
  collecting_outlet out;
  simulated_source source({.seed = 1, .clients = 200, .rows = 20, .rate = 0}, rejects, out);
  int turns = 1;
  while (source.turn({}) == simulated_source::turned::more) ++turns;
  EXPECT_GE(turns, 4);
  const seen after = out.now();
  EXPECT_EQ(after.caught_up.size(), simulated_source::partitions);
  EXPECT_GT(after.changes.size(), simulated_source::turn_records_max);
  EXPECT_EQ(source.turn({}), simulated_source::turned::rests);
}

TEST(simulated_source, ends_when_the_other_side_has_gone) {
  feed::reject_ledger rejects;
  collecting_outlet gone;
  gone.close();
  simulated_source unheard({.seed = 1, .clients = 1, .rows = 1, .rate = 1'000'000}, rejects, gone);
  EXPECT_EQ(unheard.turn({}), simulated_source::turned::ended);
}

}  // namespace
}  // namespace blotter::lines
