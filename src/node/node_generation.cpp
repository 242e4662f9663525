#include <algorithm>

#include "node/node.hpp"

// Which incarnation of the feed a node is with. Routers notice a new one at different moments and generations
// are not ordered, so what is newer is known only from a router that went from one to the other while the
// node was listening; which of two is newer can not be told from routers that begin with them.

namespace blotter::node {

namespace {

/// Generations that a node remembers to be older than the one it is with.
constexpr std::size_t left_generations_max = 16;
/// Routers notice within a second that the topic is another one: until then a router with another generation
/// may be one that lags.
constexpr milliseconds notice_time = std::chrono::seconds(1);

}  // namespace

/// Whatever the node wanted of this link has ended.
void node::began(std::uint32_t link, const link::feed_began& what, instant now) {
  router_link& mine = links_[link];
  const bool wanted = mine.in_use();
  lose_wants(link, now);
  const table::generation before = mine.feed;
  const bool sound = what.partitions > 0 && what.partitions <= table::partition_max + 1;
  mine.feed = sound ? what.feed : table::generation::none;
  mine.partitions = what.partitions;
  mine.serving.clear();
  // The last `wanted` may have met the router only after it began anew with the same generation.
  if (wanted) want(link, {});
  const auto leave = [this](table::generation older) {
    if (older == table::generation::none || std::ranges::find(left_, older) != left_.end()) return;
    left_.push_back(older);
    if (left_.size() > left_generations_max) left_.pop_front();
  };
  if (mine.feed != table::generation::none && mine.feed != before) {
    leave(before);
    const bool older = std::ranges::find(left_, mine.feed) != left_.end();
    const bool followed = before != table::generation::none && !older;
    if (mine.feed != tables_.feed() && (tables_.feed() == table::generation::none || followed))
      begin_generation(mine);
  }
  choose(now, pace::at_once);
}

/// Nothing of the generation before is of use any more, nor is a router that is still with it. Viewers are
/// told once.
void node::begin_generation(const router_link& with) {
  for (std::uint32_t each = 0; each < links_.size(); ++each) {
    if (!links_[each].in_use()) continue;
    forget_shares(each);
    want(each, {});
  }
  tables_.clear(with.feed);
  abandon_at_ = {};
  partitions_ = with.partitions;
  choice_.assign(partitions_, table::no_slot);
  complete_ = false;
  reached_.assign(partitions_, 0);
  for (std::uint32_t slot = 0; slot < audiences_.end(); ++slot) {
    audience& each = audiences_[slot];
    if (each.table == table::table_set::no_table) continue;
    attach_table(slot);
    restart_viewers(each, sse::reset_reason::generation);
  }
}

/// When for some time no router that is well has been with the node's generation, but another has been with
/// another one, then that is the feed: newer or not, there is no other. Nothing is known to be older than it.
void node::watch_generation(instant now) {
  const router_link* other = nullptr;
  for (const router_link& each : links_) {
    if (!each.up || health(each, now) != link_health::well || each.feed == table::generation::none) continue;
    if (current_generation(each)) {
      abandon_at_ = {};
      return;
    }
    if (!other) other = &each;
  }
  if (!other) {
    abandon_at_ = {};
  } else if (abandon_at_ == instant{}) {
    abandon_at_ = now + notice_time;
  } else if (now >= abandon_at_) {
    left_.clear();
    begin_generation(*other);
    choose(now, pace::at_once);
  }
}

}  // namespace blotter::node
