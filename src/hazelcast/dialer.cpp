#include "hazelcast/dialer.hpp"

#include <algorithm>
#include <utility>

namespace blotter::hazelcast {

dialer::dialer(std::vector<address> seeds, dialer_options options, std::uint64_t seed)
    : options_(options), chance_(seed) {
  for (address& each : seeds) targets_[std::move(each)].seed = true;
}

void dialer::learn(const std::vector<cluster_member>& members) {
  for (auto& [where, each] : targets_) each.member = false;
  for (const cluster_member& each : members) targets_[each.at].member = true;
  std::erase_if(targets_, [](const auto& each) {
    const target& it = each.second;
    return !it.seed && !it.member && !it.under_way;
  });
}

std::vector<address> dialer::due(instant now) {
  std::vector<address> out;
  for (auto& [where, each] : targets_) {
    if (each.under_way || each.parked || now < each.next) continue;
    each.under_way = true;
    out.push_back(where);
  }
  return out;
}

void dialer::failed(const address& where, failure why, instant now) {
  const auto found = targets_.find(where);
  if (found == targets_.end()) return;
  target& each = found->second;
  each.under_way = false;
  if (!each.seed && !each.member) return void(targets_.erase(found));
  const unsigned doublings = std::min(each.failures++, 20u);
  const milliseconds ceiling = why == failure::refused
                                   ? options_.refused_retry
                                   : std::min(options_.retry_max, options_.retry_min * (1 << doublings));
  each.next = now + milliseconds(chance_.below(static_cast<std::uint64_t>(ceiling.count()) + 1));
}

void dialer::succeeded(const address& where) {
  const auto found = targets_.find(where);
  if (found != targets_.end()) found->second.failures = 0;
}

void dialer::superfluous(const address& where) {
  const auto found = targets_.find(where);
  if (found == targets_.end()) return;
  found->second.under_way = false;
  found->second.parked = true;
}

void dialer::reconsider(instant now) {
  for (auto& [where, each] : targets_)
    if (std::exchange(each.parked, false)) each.next = now;
}

}  // namespace blotter::hazelcast
