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
  source.start();
  ASSERT_TRUE(
      out.wait([](const seen& so_far) { return so_far.caught_up.size() == simulated_source::partitions; }));
  ASSERT_TRUE(out.wait([](const seen& so_far) { return so_far.changes.size() >= 3000; }));
  source.stop();
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

TEST(simulated_source, ends_when_it_is_stopped_or_the_other_side_has_gone) {
  feed::reject_ledger rejects;
  collecting_outlet out, gone;
  gone.close();
  simulated_source slow({.seed = 1, .clients = 1, .rows = 1, .rate = 0}, rejects, out);
  simulated_source unheard({.seed = 1, .clients = 1, .rows = 1, .rate = 1'000'000}, rejects, gone);
  slow.start();
  unheard.start();
  ASSERT_TRUE(
      out.wait([](const seen& so_far) { return so_far.caught_up.size() == simulated_source::partitions; }));
  slow.stop();
  unheard.stop();
}

}  // namespace
}  // namespace blotter::lines
