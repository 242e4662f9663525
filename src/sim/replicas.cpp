#include "sim/replicas.hpp"

namespace blotter::sim {

namespace {
/// Beyond what a topic of a life comes to have.
constexpr table::partition_id partitions_max = 128;
}  // namespace

void replicas::assign() {
  const std::uint32_t copies = all_.life.replicas;
  if (copies == 0 || all_.life.directory != 0) return;
  for (std::size_t i = 0; i < routers_.size(); ++i) {
    table::partition_set mine;
    for (table::partition_id p = 0; p < partitions_max; ++p)
      if ((i + routers_.size() - p % routers_.size()) % routers_.size() < copies) mine.add(p);
    routers_[i]->hold(mine);
  }
}

bool replicas::all_hold_all() const {
  return all_.life.directory == 0 && (all_.life.replicas == 0 || all_.life.replicas >= routers_.size());
}

bool replicas::holds(const router_host& at, table::partition_id partition) const {
  return !at.holding() || at.holding()->has(partition);
}

void replicas::move(std::uint64_t detail) {
  if (all_.life.replicas == 0 || routers_.size() < 2 || all_.life.directory != 0) return;
  const auto p = static_cast<table::partition_id>(detail % all_.life.partitions);
  router_host* from = nullptr;
  router_host* to = nullptr;
  for (std::size_t i = 0; i < routers_.size(); ++i) {
    router_host& each = *routers_[(i + detail / 256) % routers_.size()];
    (holds(each, p) ? from : to) = &each;
  }
  if (!from || !to) return;
  all_.say("partition ", p, " is to move from ", from->name(), " to ", to->name());
  table::partition_set more = *to->holding();
  more.add(p);
  to->hold(more);
  moving_.push_back({p, from, to});
}

void replicas::watch() {
  std::erase_if(moving_, [this](const transfer& each) {
    if (!each.to->core() || !each.to->core()->serving().has(each.partition)) return false;
    if (!holds(*each.from, each.partition) || !holds(*each.to, each.partition)) return true;
    all_.say("partition ", each.partition, " leaves ", each.from->name());
    all_.seen.sometimes(situation::partition_moved_while_read, read_by_a_node(each.partition, *each.from));
    table::partition_set less = *each.from->holding();
    less.remove(each.partition);
    each.from->hold(less);
    return true;
  });
  bool first = true;
  auto feed = table::generation::none;
  for (const auto& each : routers_) {
    if (!each->core() || each->core()->subscriptions() == 0) continue;
    all_.seen.sometimes(situation::routers_of_two_generations, !first && feed != each->core()->state().feed);
    feed = each->core()->state().feed;
    first = false;
  }
}

bool replicas::read_by_a_node(table::partition_id partition, const router_host& at) const {
  for (const auto& each : nodes_)
    if (each->core() && each->reading(at).has(partition)) return true;
  return false;
}

std::vector<router_host*> replicas::kill_all_of(std::uint64_t detail) {
  const auto p = static_cast<table::partition_id>(detail % all_.life.partitions);
  std::vector<router_host*> ended;
  bool read = false;
  for (const auto& each : routers_) {
    if (!holds(*each, p)) continue;
    read = read || read_by_a_node(p, *each);
    ended.push_back(each.get());
  }
  all_.seen.sometimes(situation::all_replicas_lost, read && ended.size() > 1);
  for (router_host* each : ended) each->kill();
  return ended;
}

}  // namespace blotter::sim
