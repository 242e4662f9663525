#include "scale/autoscaler.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "scale/sizing.hpp"
#include "scale/tally.hpp"
#include "scale/words.hpp"

namespace blotter::scale {

namespace {

constexpr std::uint32_t told_set_aside_max = 3;

/// Whom it costs least to lose: fewest viewers to move, then least work, then the last by name.
bool cooler(const seen_node& one, const seen_node& other) {
  if (one.load.viewers != other.load.viewers) return one.load.viewers < other.load.viewers;
  if (one.load.busy != other.load.busy) return one.load.busy < other.load.busy;
  return one.id > other.id;
}

}  // namespace

autoscaler::autoscaler(scale_settings settings, load_history history)
    : settings_(std::move(settings)),
      history_(std::move(history)),
      reports_({settings_.report_age_max, settings_.freshness_objective}),
      window_(std::max(settings_.calm_time, settings_.trend_window)) {
  check(!problem_of(settings_));
}

std::optional<decision> autoscaler::look(const observation& seen) {
  const tally now = count(seen);
  notice(seen, now);
  if (!decided_at_) decided_at_ = seen.now;
  if (seen.now - *decided_at_ < settings_.period) return std::nullopt;
  decided_at_ = seen.now;
  const std::uint64_t number = last_.number + 1;
  last_ = decide(seen, now);
  last_.number = number;
  last_.at = seen.wall;
  return last_;
}

// What is seen.

autoscaler::tally autoscaler::count(const observation& seen) {
  tally all;
  faults_ = {};
  const auto& pages = reports_.judge(seen.nodes, seen.now);
  std::uint32_t told = 0;
  for (std::size_t i = 0; i < seen.nodes.size(); ++i) {
    const seen_node& each = seen.nodes[i];
    const report_fault fault = pages[i].fault;
    const bool leaves = each.stage == directory::stage::draining || (drain_ && drain_->who == each.id);
    ++(leaves ? all.leaving : all.staying);
    ++faults_[static_cast<std::size_t>(fault)];
    const bool came = began_ && pages[i].joined > *began_;
    if (!leaves && came && seen.now - pages[i].joined < settings_.warm_up) all.young = true;
    if (!leaves && each.removable && (!all.coolest || cooler(each, *all.coolest))) all.coolest = &each;
    if (fault == report_fault::awaited) continue;
    ++all.reporting;
    if (fault == report_fault::none) {
      add_report(each.load, all);
    } else if (++told <= told_set_aside_max) {
      all.set_aside += (all.set_aside.empty() ? "" : ", ") + each.id.text() + " (" + pages[i].why + ")";
    }
  }
  if (told > told_set_aside_max) all.set_aside += words(" and %u more", told - told_set_aside_max);
  // Of whom nothing is known it is assumed that they have their share.
  if (all.trusted > 0) {
    all.busy *= static_cast<double>(all.reporting) / all.trusted;
    all.memory *= static_cast<double>(all.reporting) / all.trusted;
  }
  return all;
}

void autoscaler::add_report(const directory::load_report& load, tally& to) const {
  const double busy = std::min(load.busy, 1.0);
  const auto bound = static_cast<double>(settings_.memory_bound);
  const double memory = bound > 0 ? static_cast<double>(load.memory) / bound : 0;
  ++to.trusted;
  to.busy += busy;
  to.memory += memory;
  if (load.flush_delay <= settings_.freshness_objective || load.viewers == 0) return;
  ++to.late;
  to.late_busy = std::max({to.late_busy, busy, memory});
  to.delay_max = std::max(to.delay_max, load.flush_delay);
}

void autoscaler::notice(const observation& seen, const tally& now) {
  if (!began_) began_ = seen.now;
  if (!seen.directory_reachable) return;
  if (now.staying > staying_before_ || now.staying >= ordered_) progress_at_ = seen.now;
  staying_before_ = now.staying;
  if (drain_ && std::none_of(seen.nodes.begin(), seen.nodes.end(),
                             [&](const seen_node& each) { return each.id == drain_->who; })) {
    drain_.reset();
    drained_at_ = seen.now;
  }
  if (now.known()) sample(seen, now);
  const std::uint32_t demand =
      std::clamp(nodes_for(load(), settings_.target), settings_.nodes_min, nodes_ceiling(settings_));
  account_.add(seen.now, now.staying + now.leaving, now.staying, demand);
}

double autoscaler::load() const {
  if (recent_.empty()) return 0;
  std::vector<double> all;
  for (const moment& each : recent_) all.push_back(each.load);
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  return *middle;
}

// What follows.

decision autoscaler::decide(const observation& seen, const tally& now) {
  if (!seen.directory_reachable)
    return keep(now, cause::blind, "the directory cannot be reached: nothing is decided");
  if (!seen.leads) {
    ordered_ = 0;
    drain_.reset();
    return keep(now, cause::watching,
                words("%s decides, this one watches", std::string(seen.leader).c_str()));
  }
  if (ordered_ == 0) ordered_ = std::max(now.staying, 1u);
  // Nodes that somebody else started are there all the same.
  ordered_ = std::max(ordered_, now.staying);
  if (now.staying > 0 && now.reporting > 0 && !now.known())
    return keep(now, cause::doubt,
                words("only %u of %u reports can be believed: %s", now.trusted, now.reporting,
                      now.set_aside.c_str()));
  decision made = size(seen, now);
  if (!now.set_aside.empty()) made.reason += "; set aside: " + now.set_aside;
  return made;
}

decision autoscaler::size(const observation& seen, const tally& now) {
  const std::uint32_t before = ordered_;
  const std::string given_up = give_up(seen.now, now);
  const std::uint32_t have = ordered_;
  const freshness rows = look_at_freshness(now);
  const need wants = needed(seen, now, rows);
  const std::uint32_t most = nodes_ceiling(settings_);
  const std::uint32_t bounded = std::clamp(wants.nodes, settings_.nodes_min, most);
  std::string about = given_up + wants.text + bounds_text(wants.nodes);
  if (rows.late) about += "; " + rows.text;
  const bool elsewhere = rows.late && !rows.by_size;

  decision made;
  if (bounded > have) {
    const std::uint32_t to = std::min(bounded, std::max({settings_.nodes_min, 2 * have, before}));
    progress_at_ = seen.now;
    made = with(now, verdict::grow, wants.nodes < bounded ? cause::minimum : wants.why, to,
                words("from %u to %u: ", have, to) + about);
  } else if (bounded < have) {
    const bool over = have > most;
    const std::string not_yet = why_not_shrink(seen, now, over);
    if (not_yet.empty()) {
      drain_ = {now.coolest->id, seen.now};
      made = with(now, verdict::shrink, over ? cause::ceiling : cause::calm, have - 1,
                  words("from %u to %u, %s drains: ", have, have - 1, drain_->who.text().c_str()) + about);
    } else {
      made = with(now, verdict::hold, elsewhere ? cause::elsewhere : cause::waiting, have,
                  words("stays at %u: ", have) + about + "; " + not_yet);
    }
  } else {
    made = with(now, verdict::hold, elsewhere ? cause::elsewhere : cause::steady, have,
                words("stays at %u: ", have) + about);
  }
  made.unbounded = wants.nodes;
  made.expected_load = std::max(wants.expected_load, load());
  return made;
}

}  // namespace blotter::scale
