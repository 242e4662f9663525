#include <gtest/gtest.h>

#include <variant>
#include <vector>

#include "router/router.hpp"

namespace blotter::router {
namespace {

struct silent_sink : sink {
  void send(link_id, link::to_node message) override { sent.push_back(std::move(message)); }
  std::vector<link::to_node> sent;
};

feed::change_batch batch_of(table::record_offset offset, std::string_view value) {
  feed::change_batch batch;
  const auto kind = value.empty() ? table::change_kind::erase : table::change_kind::put;
  batch.changes.push_back({"c1", "A", value, {0, offset}, {}, kind, nullptr});
  return batch;
}

// blotter-sim --seed 10424
TEST(router, does_not_bring_a_row_back_whose_delete_it_has_forgotten_when_the_feed_gives_it_again) {
  silent_sink out;
  router core({.tables = {.tombstones_min = 0}}, out);
  const instant now{std::chrono::hours(1)};
  core.handle(feed::generation_began{table::generation{1}, 1, ""}, now);
  core.handle(batch_of(0, "{}"), now);
  core.handle(feed::partition_caught_up{0, 1}, now);  // while it loads it remembers them all
  core.handle(batch_of(1, ""), now);
  core.handle(feed::partition_caught_up{0, 2}, now);
  ASSERT_EQ(core.tables().tombstones(), 0u);
  core.handle(batch_of(0, "{}"), now);
  EXPECT_EQ(core.tables().rows(), 0u);
  core.handle(batch_of(2, "{}"), now);
  EXPECT_EQ(core.tables().rows(), 1u);
}

// blotter-sim --seed 1014388
TEST(router, tells_which_deletes_are_forgotten_before_a_subscription_that_missed_them_has_caught_up_again) {
  silent_sink out;
  router core({.tables = {.tombstones_min = 0}}, out);
  const instant now{std::chrono::hours(1)};
  core.handle(feed::generation_began{table::generation{1}, 1, ""}, now);
  core.handle(batch_of(0, "{}"), now);
  core.handle(feed::partition_caught_up{0, 1}, now);
  core.link_up(link_id{1}, now);
  core.received(link_id{1}, link::wanted{{0}, {table::generation{1}, {}}}, now);
  core.received(link_id{1}, link::subscribe{link::subscription_id{1}, "c1", {}}, now);
  core.flush();
  out.sent.clear();
  core.handle(batch_of(1, ""), now);
  std::int64_t horizon = 0;
  bool caught_up = false;
  for (const link::to_node& each : out.sent) {
    if (const auto* progress = std::get_if<link::progress>(&each))
      horizon = progress->partitions.front().horizon;
    if (!std::holds_alternative<link::subscription_caught_up>(each)) continue;
    caught_up = true;
    EXPECT_EQ(horizon, 2);
  }
  EXPECT_TRUE(caught_up);
}

}  // namespace
}  // namespace blotter::router
