#include "gateway/gray_watch.hpp"

#include <algorithm>
#include <cmath>

namespace blotter::gateway {

namespace {

constexpr double shortest_ms = 1;  ///< below it differences mean nothing
constexpr double excess_ms = 20;   ///< slow: so much beyond the others
constexpr double excess_very_ms = 250;
constexpr double score_slow = 3.5;  ///< robust score (Iglewicz and Hoaglin 1993)
constexpr double ratio_much = 5;
constexpr double ratio_clear = 1.5;
constexpr double ratio_spread_min = 1.25;  ///< few nodes often have no spread at all
constexpr double mad_to_deviation = 1.4826;
constexpr std::size_t peers_min = 2;  ///< a median of fewer says nothing
constexpr std::size_t nodes_a_gray_one = 5;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace

void gray_watch::note(node_number at, std::uint32_t core, observer by, instant::duration took) {
  const double ms = std::chrono::duration<double, std::milli>(took).count();
  constexpr std::size_t samples_max = 4'096;
  auto& samples = nodes_[at].by[static_cast<std::size_t>(by)].samples;
  if (samples.size() < samples_max) samples.emplace_back(core, std::max(ms, shortest_ms));
}

bool gray_watch::tick(instant now) {
  if (opened_ == instant{}) opened_ = now;
  if (now - opened_ < window) return false;
  opened_ = now;
  close_window();
  std::map<node_number, std::array<finding, observers>> findings;
  for (auto& [number, one] : nodes_) {
    one.worst = 0;
    for (std::size_t by = 0; by < observers; ++by) {
      std::vector<double> others;
      for (const auto& [other, peer] : nodes_)
        if (other != number && peer.by[by].median > 0) others.push_back(std::log(peer.by[by].median));
      findings[number][by] = compare(one.by[by], others, one.worst);
    }
  }
  for (auto& [number, one] : nodes_) judge(one, findings[number]);
  return choose();
}

/// The median of each core's observations, where there are enough; the worst core's.
void gray_watch::close_window() {
  for (auto& [number, one] : nodes_) {
    for (std::size_t by = 0; by < observers; ++by) {
      record& mine = one.by[by];
      const std::size_t enough = by == static_cast<std::size_t>(observer::flush) ? 1 : samples_min;
      std::map<std::uint32_t, std::vector<double>> cores;
      for (const auto& [core, ms] : mine.samples) cores[core].push_back(ms);
      mine.median = 0;
      for (auto& [core, values] : cores)
        if (values.size() >= enough) mine.median = std::max(mine.median, median(std::move(values)));
      mine.samples.clear();
    }
  }
}

gray_watch::finding gray_watch::compare(const record& one, std::span<const double> others,
                                        double& worst) const {
  if (one.median == 0 || others.size() < peers_min) return finding::nothing;
  const double rule = median({others.begin(), others.end()});
  std::vector<double> deviations;
  for (const double each : others) deviations.push_back(std::abs(each - rule));
  const double spread =
      std::max(mad_to_deviation * median(std::move(deviations)), std::log(ratio_spread_min));
  const double beyond = std::log(one.median) - rule;
  const double ratio = std::exp(beyond);
  const double excess = one.median - std::exp(rule);
  worst = std::max(worst, ratio);
  if (ratio > ratio_much && excess > excess_very_ms) return finding::very_slow;
  if (beyond / spread > score_slow && excess > excess_ms)
    return ratio > ratio_much ? finding::much_slower : finding::slow;
  return ratio < ratio_clear || excess < excess_ms / 2 ? finding::well : finding::between;
}

/// Two observers must agree; one is enough that finds a node much slower for long, or very slow at once.
void gray_watch::judge(subject& one, std::span<const finding, observers> findings) {
  std::uint32_t agree = 0;
  bool alone = false;
  bool clear = true;
  for (std::size_t by = 0; by < observers; ++by) {
    record& mine = one.by[by];
    const finding found = findings[by];
    if (found != finding::nothing) {
      mine.slow = found >= finding::slow ? mine.slow + 1 : 0;
      mine.much_slower = found >= finding::much_slower ? mine.much_slower + 1 : 0;
    }
    const bool own_word = by == static_cast<std::size_t>(observer::flush);
    agree += mine.slow >= windows_slow ? 1 : 0;
    alone = alone || (!own_word && (mine.much_slower >= windows_slow || found == finding::very_slow));
    clear = clear && (found == finding::well || found == finding::nothing);
  }
  one.clear = clear ? one.clear + 1 : 0;
  if (alone || agree >= 2) one.found = true;
  if (one.clear >= windows_clear) {
    one.found = false;
    for (record& each : one.by) each.slow = each.much_slower = 0;
  }
}

bool gray_watch::choose() {
  std::vector<subject*> found;
  for (auto& [number, one] : nodes_)
    if (one.found) found.push_back(&one);
  std::ranges::stable_sort(found, [](const subject* a, const subject* b) {
    return a->gray != b->gray ? a->gray : a->worst > b->worst;  // who is relieved stays so
  });
  std::size_t most = std::max<std::size_t>(1, nodes_.size() / nodes_a_gray_one);
  if (nodes_.size() <= peers_min || 2 * found.size() > nodes_.size()) most = 0;
  bool changed = false;
  for (auto& [number, one] : nodes_) {
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(most, found.size()));
    const bool gray = std::find(found.begin(), end, &one) != end;
    changed = changed || gray != one.gray;
    one.gray = gray;
  }
  return changed;
}

bool gray_watch::is_gray(node_number which) const {
  const auto found = nodes_.find(which);
  return found != nodes_.end() && found->second.gray;
}

milliseconds gray_watch::echo(node_number which) const {
  const auto found = nodes_.find(which);
  if (found == nodes_.end()) return {};
  return milliseconds(static_cast<std::int64_t>(found->second.by[0].median));
}

}  // namespace blotter::gateway
