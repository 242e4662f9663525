#include "scenario/table.hpp"

#include <cmath>

#include "scale/words.hpp"

namespace blotter::scenario {

namespace {

using scale::words;

constexpr double in_ms = 1'000;

std::string row_of(const story& told, const outcome& one) {
  std::string text = words(
      "%-18s %6.2f %6.2f %8.1f %8.0f %9.0f %7u %7llu %7llu %7llu %7u %8.1f", std::string(one.by.name).c_str(),
      one.unevenness(0.5), one.unevenness(0.95), in_ms * one.freshness(0.5), in_ms * one.freshness(0.99),
      in_ms * one.worst_minute(), one.minutes_over, static_cast<unsigned long long>(one.balanced),
      static_cast<unsigned long long>(one.handed_over), static_cast<unsigned long long>(one.rehomed),
      one.nodes_most, one.nodes.node_seconds() / 3'600);
  text += told.fixed ? words(" %8s", "-") : words(" %8.2f", one.nodes.over_foresight());
  if (told.upset)
    text += one.even_again ? words(" %8lld", static_cast<long long>(one.even_again->count())) : "    never";
  if (told.fixed && !told.upset) text += words(" %8.0f", std::ceil(100 * one.share_error));
  return text + "\n";
}

std::string head_of(const story& told) {
  std::string first = words("%-18s %13s %8s %8s %9s %7s %7s %7s %7s %7s %8s %8s", "", "unevenness", "age p50",
                            "p99", "p99 of", "minutes", "", "drained", "lost", "most", "node-", "x fore-");
  std::string second = words("%-18s %6s %6s %8s %8s %9s %7s %7s %7s %7s %7s %8s %8s", "", "p50", "p95", "ms",
                             "ms", "worst min", "over", "moves", "moves", "moves", "nodes", "hours", "sight");
  if (told.upset) {
    first += words(" %8s", "even");
    second += words(" %8s", "after s");
  }
  if (told.fixed && !told.upset) {
    first += words(" %8s", "% off");
    second += words(" %8s", "share");
  }
  return first + "\n" + second + "\n";
}

}  // namespace

std::string table_of(const story& told, std::span<const outcome> all) {
  std::string text = words("%s: %s\n", std::string(told.name).c_str(), std::string(told.sentence).c_str());
  if (all.empty()) return text;
  const outcome& any = all.front();
  text += words("%zu minutes, objective p99 %lld ms; perfect foresight %.1f node-hours\n", any.minutes.size(),
                static_cast<long long>(told.objective.count()), any.nodes.foresight_node_seconds() / 3'600);
  text += head_of(told);
  for (const outcome& each : all) text += row_of(told, each);
  return text;
}

}  // namespace blotter::scenario
