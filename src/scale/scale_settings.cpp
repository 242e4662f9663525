#include "scale/scale_settings.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "scale/sizing.hpp"

namespace blotter::scale {

namespace {

bool is_amount(double value) {
  return std::isfinite(value) && value >= 0;
}

std::uint32_t nodes_paid_for(const scale_settings& s) {
  if (s.budget_per_hour == 0 || s.cost_per_node_hour == 0) return nodes_bound;
  // A budget of 0.3 pays for three nodes of 0.1 each, whatever doubles make of it.
  return static_cast<std::uint32_t>(
      std::min(s.budget_per_hour / s.cost_per_node_hour * (1 + 1e-9), double{nodes_bound}));
}

}  // namespace

std::optional<std::string> problem_of(const scale_settings& s) {
  char text[160];
  if (s.nodes_min == 0) return "the minimum must be 1 node at least";
  if (s.nodes_min > s.nodes_max) {
    std::snprintf(text, sizeof text, "the minimum of %u nodes is over the maximum of %u", s.nodes_min,
                  s.nodes_max);
    return text;
  }
  if (!is_amount(s.cost_per_node_hour) || !is_amount(s.budget_per_hour))
    return "cost and budget must be amounts, 0 or more";
  if (s.budget_per_hour > 0 && s.cost_per_node_hour == 0)
    return "a budget needs to know what a node costs an hour";
  if (nodes_paid_for(s) < s.nodes_min) {
    std::snprintf(text, sizeof text,
                  "the budget of %.2f an hour pays for %u nodes at %.2f, fewer than the minimum of %u",
                  s.budget_per_hour, nodes_paid_for(s), s.cost_per_node_hour, s.nodes_min);
    return text;
  }
  if (!(s.target >= 0.1 && s.target <= busy_after_loss_max)) return "the target must be 0.1 to 0.85";
  if (s.period <= milliseconds(0)) return "decisions need a period";
  if (!(s.history_factor >= 1 && s.history_factor <= 10)) return "the factor on earlier days must be 1 to 10";
  return std::nullopt;
}

std::uint32_t nodes_ceiling(const scale_settings& s) {
  return std::min(s.nodes_max, nodes_paid_for(s));
}

}  // namespace blotter::scale
