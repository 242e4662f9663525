#include "scenario/placer.hpp"

#include <algorithm>
#include <cmath>

#include "directory/rendezvous.hpp"

namespace blotter::scenario {

std::unique_ptr<placer> make_placer(placing which, unsigned gateways) {
  switch (which) {
    case placing::round_robin:
      return std::make_unique<round_robin>();
    case placing::least_connections:
      return std::make_unique<least_connections>();
    case placing::bounded_hashing:
      return std::make_unique<bounded_hashing>();
    case placing::blotter:
      break;
  }
  return std::make_unique<own_placer>(gateways);
}

// Ours.

own_placer::own_placer(unsigned gateways) {
  for (unsigned i = 0; i < gateways; ++i) gateways_.emplace_back(directory::placement_options());
}

void own_placer::see(const fleet& all, instant now) {
  for (directory::placement& each : gateways_) each.see(all.members(), now);
}

std::optional<node_number> own_placer::choose(client_number who, const fleet& all, instant now) {
  directory::placement& gateway = gateways_[next_++ % gateways_.size()];
  const auto choice = gateway.choose(all.clients()[who].id, now);
  if (!choice) return std::nullopt;
  gateway.placed(choice->node, now);
  return fleet::number_of(choice->node);
}

void own_placer::set_weight(node_number which, std::uint32_t eighths) {
  const auto id = directory::member_id::parse("n" + std::to_string(which));
  for (directory::placement& each : gateways_) each.set_weight(*id, eighths);
}

// Those that it is compared with.

std::optional<node_number> round_robin::choose(client_number, const fleet& all, instant) {
  if (all.serving().empty()) return std::nullopt;
  return all.serving()[next_++ % all.serving().size()];
}

std::optional<node_number> least_connections::choose(client_number, const fleet& all, instant) {
  const auto& nodes = all.serving();
  const auto least =
      std::ranges::min_element(nodes, {}, [&](node_number each) { return all.nodes()[each].viewers; });
  return least == nodes.end() ? std::nullopt : std::optional(*least);
}

std::optional<node_number> bounded_hashing::choose(client_number who, const fleet& all, instant) {
  if (all.serving().empty()) return std::nullopt;
  if (of_ != all.serving()) lay_out(all.serving());
  std::uint64_t clients = 1;
  for (const node_number each : of_) clients += all.nodes()[each].clients;
  const double most = std::ceil(bound * static_cast<double>(clients) / static_cast<double>(of_.size()));
  const std::uint64_t key = directory::stable_hash(all.clients()[who].id);
  auto at = std::lower_bound(ring_.begin(), ring_.end(), std::pair(key, node_number{0}));
  for (std::size_t tried = 0; tried < ring_.size(); ++tried, ++at) {
    if (at == ring_.end()) at = ring_.begin();
    if (all.nodes()[at->second].clients + 1 <= most) return at->second;
  }
  return of_.front();  // cannot be: some have no more than the mean
}

void bounded_hashing::lay_out(const std::vector<node_number>& nodes) {
  of_ = nodes;
  ring_.clear();
  for (const node_number each : of_)
    for (unsigned point = 0; point < points; ++point)
      ring_.emplace_back(directory::stable_hash(std::uint64_t{each} * points + point), each);
  std::ranges::sort(ring_);
}

}  // namespace blotter::scenario
