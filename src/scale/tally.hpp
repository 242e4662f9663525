#pragma once

#include <cstdint>
#include <string>

#include "scale/autoscaler.hpp"

namespace blotter::scale {

/// The nodes of one moment, counted.
struct autoscaler::tally {
  std::uint32_t staying = 0;  ///< in the directory, and not on their way out
  std::uint32_t leaving = 0;
  std::uint32_t reporting = 0;  ///< with those whose reports are set aside
  std::uint32_t trusted = 0;
  bool young = false;                  ///< one came a moment ago
  double busy = 0;                     ///< load of all, in nodes, by their loops
  double memory = 0;                   ///< the same by their memory
  std::uint32_t late = 0;              ///< nodes whose rows are
  double late_busy = 0;                ///< how busy the busiest of those is
  milliseconds delay_max{0};           ///< of them
  const seen_node* coolest = nullptr;  ///< of those that can be taken away
  std::string set_aside = {};          ///< whose reports, and why: the first three

  bool known() const { return trusted > 0 && 2 * trusted > reporting; }
  std::uint32_t suspects() const { return reporting - trusted; }
  double load() const { return busy > memory ? busy : memory; }
};

/// How many nodes it takes, and what for.
struct autoscaler::need {
  std::uint32_t nodes = 0;
  cause why = cause::load;
  double expected_load = 0;
  std::string text = {};

  /// Only ever more.
  void raise(std::uint32_t to, cause because, double load, std::string words) {
    if (to <= nodes) return;
    nodes = to;
    why = because;
    expected_load = load > expected_load ? load : expected_load;
    text = std::move(words);
  }
};

}  // namespace blotter::scale
