#include "scenario/balancer.hpp"

#include <algorithm>

#include "directory/rendezvous.hpp"

namespace blotter::scenario {

namespace {

unsigned busiest_loop(const fleet::node& of, const factors& busy) {
  unsigned busiest = 0;
  double most = -1;
  for (unsigned i = 0; i < of.kind.loops; ++i) {
    double load = of.loops[i].backlog;
    for (std::size_t group = 0; group < groups; ++group)
      load += static_cast<double>(of.loops[i].rates[group]) / 1'000 * busy[group];
    if (load <= most) continue;
    most = load;
    busiest = i;
  }
  return busiest;
}

}  // namespace

std::vector<client_load> balance_view::heaviest() const {
  const auto& nodes = all_.nodes();
  std::vector<unsigned> busiest(nodes.size());
  for (const node_number each : all_.serving()) busiest[each] = busiest_loop(nodes[each], busy_);
  std::vector<std::vector<client_load>> by_node(nodes.size());
  for (client_number number = 0; number < all_.clients().size(); ++number) {
    const client& of = all_.clients()[number];
    for (const part& each : all_.places(number)) {
      const fleet::node& on = nodes[each.node];
      const bool counts =
          on.is == fleet::phase::serving && directory::core_of(of.id, on.kind.loops) == busiest[each.node];
      const double rows = static_cast<double>(of.rate) / 1'000 * busy_[of.group];
      if (counts) by_node[each.node].push_back({number, each.node, each.viewers, rows, of.rows});
    }
  }
  std::vector<client_load> all;
  for (auto& loads : by_node) {
    const auto heavier = [](const client_load& one, const client_load& other) {
      const double first = one.rows_per_second * one.viewers;
      const double second = other.rows_per_second * other.viewers;
      return first != second ? first > second : one.who < other.who;
    };
    const auto end = loads.begin() + static_cast<std::ptrdiff_t>(std::min(loads.size(), heaviest_max));
    std::partial_sort(loads.begin(), end, loads.end(), heavier);
    all.insert(all.end(), loads.begin(), end);
  }
  return all;
}

}  // namespace blotter::scenario
