#include "serve/membership.hpp"

#include <gtest/gtest.h>

#include "directory/local_directory.hpp"

namespace blotter::serve {
namespace {

TEST(membership, tells_the_directory_of_this_process_and_its_load) {
  metrics::registry cells;
  metrics::gauge& viewers = cells.add_gauge({"blotter_viewers", "Viewers that are connected."});
  metrics::counter& rows = cells.add_counter({"blotter_rows_sent_total", "Rows sent."});
  metrics::histogram& flushes = cells.add_histogram({"blotter_flush_seconds", "Flushes.", "seconds", 1e9});
  cells.seal();
  directory::local_directory all;
  membership mine(all, "m-1", {directory::role::node}, cells, 8);
  instant now{std::chrono::hours(1)};
  (void)mine.report(now);
  EXPECT_TRUE(mine.members().empty()) << "not serving yet";

  mine.serve({"127.0.0.1:8080"}, wall_time(milliseconds(5)));
  (void)mine.report(now);
  viewers.set(7);
  rows.add(500);
  for (int i = 0; i < 8; ++i) flushes.record(900'000);
  for (int i = 0; i < 2; ++i) flushes.record(64 << 20);
  (void)mine.report(now + std::chrono::seconds(2));
  ASSERT_EQ(mine.members().size(), 1u);
  const directory::member told = mine.members().front();
  EXPECT_EQ(told.id.text(), "m-1");
  EXPECT_EQ(told.address, "127.0.0.1:8080");
  EXPECT_EQ(told.stage, directory::stage::serving);
  EXPECT_EQ(told.load.number, 2u);
  EXPECT_EQ(told.load.viewers, 7u);
  EXPECT_DOUBLE_EQ(told.load.rows_per_second, 250);
  EXPECT_GT(told.load.memory, 0u);
  EXPECT_EQ(told.load.flush_delay, milliseconds(68)) << "one in ten takes longer, of 67.1 ms";
  (void)mine.report(now + std::chrono::seconds(3));
  EXPECT_EQ(mine.members().front().load.flush_delay, milliseconds(0)) << "none since";
  EXPECT_EQ(mine.members().front().load.room, directory::intake::open);
  viewers.set(8);
  (void)mine.report(now + std::chrono::seconds(4));
  EXPECT_EQ(mine.members().front().load.room, directory::intake::full);
  mine.drain();
  EXPECT_EQ(mine.members().front().stage, directory::stage::draining);
}

}  // namespace
}  // namespace blotter::serve
