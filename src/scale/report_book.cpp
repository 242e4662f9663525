#include "scale/report_book.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace blotter::scale {

namespace {

/// Above 1 by what rounding and a window of a second make of it.
constexpr double busy_max = 1.25;
constexpr double rows_per_second_max = 1e10;
constexpr std::uint64_t viewers_max = 100'000'000;
constexpr std::uint64_t memory_max = std::uint64_t{1} << 50;
constexpr milliseconds delay_max = std::chrono::hours(1);
/// Who says less has time enough to be fast.
constexpr double idle_below = 0.3;
/// So many times slower than the others is the node's own.
constexpr int slower_than_others = 4;

bool finite(const directory::load_report& load) {
  return std::isfinite(load.busy) && std::isfinite(load.rows_per_second);
}

bool negative(const directory::load_report& load) {
  return load.busy < 0 || load.rows_per_second < 0 || load.flush_delay < milliseconds(0);
}

bool absurd(const directory::load_report& load) {
  return load.busy > busy_max || load.rows_per_second > rows_per_second_max || load.viewers > viewers_max ||
         load.memory > memory_max || load.flush_delay > delay_max;
}

milliseconds delay_of(const seen_node& node) {
  return std::max(node.load.flush_delay, node.response.value_or(milliseconds(0)));
}

std::string words(report_fault fault, const seen_node& node) {
  char text[160] = "";
  const directory::load_report& load = node.load;
  if (fault == report_fault::contradicts)
    std::snprintf(text, sizeof text, "says %.2f busy, but takes %lld ms", load.busy,
                  static_cast<long long>(delay_of(node).count()));
  else if (fault == report_fault::stale || fault == report_fault::went_back)
    std::snprintf(text, sizeof text, "report %llu %s", static_cast<unsigned long long>(load.number),
                  std::string(to_text(fault)).c_str());
  else if (fault == report_fault::awaited)
    return "has sent no report";
  else
    std::snprintf(text, sizeof text, "%s: busy %.3g, %.3g rows a second, delay %lld ms, memory %.3g",
                  std::string(to_text(fault)).c_str(), load.busy, load.rows_per_second,
                  static_cast<long long>(load.flush_delay.count()), static_cast<double>(load.memory));
  return text;
}

}  // namespace

std::string_view to_text(report_fault which) {
  switch (which) {
    case report_fault::none:
      return "none";
    case report_fault::awaited:
      return "awaited";
    case report_fault::stale:
      return "stale";
    case report_fault::went_back:
      return "went back";
    case report_fault::not_a_number:
      return "not a number";
    case report_fault::negative:
      return "negative";
    case report_fault::absurd:
      return "absurd";
    case report_fault::contradicts:
      return "contradicts";
  }
  return "";
}

const std::vector<report_book::page>& report_book::judge(std::span<const seen_node> nodes, instant now) {
  for (auto& [id, of] : known_) of.there = false;
  pages_.clear();
  for (const seen_node& each : nodes) {
    const auto [found, added] = known_.try_emplace(each.id);
    known& of = found->second;
    of.there = true;
    if (added) of.joined = of.changed = now;
    pages_.push_back({fault_of(each, of, now), of.joined});
  }
  std::erase_if(known_, [](const auto& each) { return !each.second.there; });
  find_contradictions(nodes);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (pages_[i].fault != report_fault::none) pages_[i].why = words(pages_[i].fault, nodes[i]);
  return pages_;
}

report_fault report_book::fault_of(const seen_node& node, known& of, instant now) const {
  const directory::load_report& load = node.load;
  if (load.number == 0) return report_fault::awaited;
  const bool back = load.number < of.number;
  if (load.number != of.number) of.changed = now;
  of.number = load.number;  // from here on: a new process of its name begins at 1
  if (back) return report_fault::went_back;
  if (now - of.changed > bounds_.age_max) return report_fault::stale;
  if (!finite(load)) return report_fault::not_a_number;
  if (negative(load)) return report_fault::negative;
  return absurd(load) ? report_fault::absurd : report_fault::none;
}

void report_book::find_contradictions(std::span<const seen_node> nodes) {
  std::vector<milliseconds> delays;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (pages_[i].fault == report_fault::none) delays.push_back(delay_of(nodes[i]));
  if (delays.size() < 2) return;
  // The lower of the two in the middle: of two nodes it is the other one's.
  const auto middle = delays.begin() + static_cast<std::ptrdiff_t>((delays.size() - 1) / 2);
  std::nth_element(delays.begin(), middle, delays.end());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const milliseconds delay = delay_of(nodes[i]);
    const bool slow = delay > bounds_.slow_above && delay > slower_than_others * *middle;
    if (pages_[i].fault == report_fault::none && slow && nodes[i].load.busy < idle_below)
      pages_[i].fault = report_fault::contradicts;
  }
}

}  // namespace blotter::scale
