#include <algorithm>
#include <cmath>
#include <utility>

#include "scale/autoscaler.hpp"
#include "scale/sizing.hpp"
#include "scale/tally.hpp"
#include "scale/words.hpp"

namespace blotter::scale {

namespace {

/// Moments that a median is made of, at most.
constexpr std::size_t moments_max = 64;
/// A node that does so much of its time is slow because of that.
constexpr double hot_from = 0.85;
/// All of them together so busy: what they do is no measure any more of what they should.
constexpr double saturated_from = 0.95;

double in_seconds(milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

local_minute local_of(const observation& seen) {
  return local_minute(std::chrono::floor<std::chrono::minutes>(seen.wall.time_since_epoch()) +
                      seen.utc_offset);
}

}  // namespace

void autoscaler::sample(const observation& seen, const tally& now) {
  recent_.push_back({seen.now, now.load(), now.late > 0});
  while (recent_.size() > moments_max || seen.now - recent_.front().at > settings_.smoothing)
    recent_.pop_front();
  window_.add(seen.now, load());
  history_.add(local_of(seen), load());
}

// What it takes.

autoscaler::need autoscaler::needed(const observation& seen, const tally& now, const freshness& rows) const {
  const double here = load();
  need most;
  most.nodes = nodes_for(here, settings_.target);
  most.why = now.memory > now.busy ? cause::memory : cause::load;
  most.text = words("a load of %.2f nodes%s needs %u", here, most.why == cause::memory ? " by memory" : "",
                    most.nodes);
  if (rows.by_size) {
    // A saturated loop says no more than that it is: the load may be any.
    const bool saturated = here >= saturated_from * std::max(1u, now.staying);
    const std::uint32_t to = saturated ? 2 * ordered_ : ordered_ + 1;
    most.raise(to, cause::freshness, here,
               words("a load of %.2f nodes needs more than %u, for rows are late", here, ordered_));
  }
  reckon_trend(seen, most);
  reckon_earlier_days(seen, most);
  reckon_peaks(seen, most);
  return most;
}

autoscaler::freshness autoscaler::look_at_freshness(const tally& now) const {
  const auto late =
      std::count_if(recent_.begin(), recent_.end(), [](const moment& each) { return each.late; });
  if (now.late == 0 || 2 * static_cast<std::size_t>(late) < recent_.size()) return {};
  const std::uint32_t nodes = std::max(1u, now.staying);
  const double each = load() / nodes;
  const std::string how = words("rows of %u nodes are late, by up to %lld ms, ", now.late,
                                static_cast<long long>(now.delay_max.count()));
  if (each >= shrink_margin * band_top(nodes, settings_.target))
    return {true, true, how + words("at %.2f of each node", each)};
  if (now.late_busy >= hot_from)
    return {true, false,
            how + words("while nodes do %.2f on the mean and the worst %.2f: they are unevenly loaded, "
                        "which more of them do not cure",
                        each, now.late_busy)};
  return {true, false,
          how + words("while nodes do %.2f: the cause is elsewhere, in the feed, a router, or a node "
                      "that is slow by itself",
                      each)};
}

void autoscaler::reckon_trend(const observation& seen, need& more) const {
  if (settings_.trend_window == milliseconds(0)) return;
  const milliseconds lead = settings_.lead + settings_.period;
  const double straight = window_.ahead(seen.now - settings_.trend_window, seen.now, lead);
  const double ahead = std::min(straight, 2 * load());
  more.raise(nodes_for(ahead, settings_.target), cause::trend, ahead,
             words("a load of %.2f nodes will be %.2f in %.0f s by its trend and needs %u", load(), ahead,
                   in_seconds(lead), nodes_for(ahead, settings_.target)));
}

void autoscaler::reckon_earlier_days(const observation& seen, need& more) const {
  if (settings_.comparable_days == 0) return;
  const local_minute from = local_of(seen);
  const local_minute to = from + std::chrono::ceil<std::chrono::minutes>(settings_.lead);
  const auto before = history_.before(from, to, settings_.comparable_days, settings_.days);
  const double ahead = before.load * settings_.history_factor;
  more.raise(
      nodes_for(ahead, settings_.target), cause::earlier_days, ahead,
      words("a load of %.2f nodes was %.2f at this time of %u earlier days, of which %.1f times needs %u",
            load(), before.load, before.days, settings_.history_factor, nodes_for(ahead, settings_.target)));
}

void autoscaler::reckon_peaks(const observation& seen, need& more) const {
  for (const auto& each :
       settings_.days.around(local_of(seen), settings_.peak_lead, std::chrono::minutes(0))) {
    const auto before = history_.before(each.from, each.to, settings_.comparable_days, settings_.days);
    const double ahead = before.load * settings_.history_factor;
    const std::uint32_t by_days = before.days > 0 ? nodes_for(ahead, settings_.target) : 0;
    const std::uint32_t nodes = std::max(each.which->nodes, by_days);
    more.raise(nodes, cause::peak, ahead,
               words("a load of %.2f nodes is that before or in the peak of %s, which needs %u", load(),
                     each.which->text().c_str(), nodes));
  }
}

// What is there.

std::string autoscaler::give_up(instant now, const tally& of) {
  std::string said;
  if (ordered_ > of.staying && now - progress_at_ >= settings_.start_timeout) {
    const std::uint32_t missing = ordered_ - of.staying;
    given_up_ += missing;
    ++attempt_;
    progress_at_ = now;
    ordered_ = std::max(1u, of.staying);
    said = words("%u nodes did not come up within %.0f s and are given up, others are tried where needed; ",
                 missing, in_seconds(settings_.start_timeout));
  }
  if (drain_ && now - drain_->asked >= settings_.drain_timeout) {
    ++attempt_;
    drain_->asked = now;
    said += words("%s did not leave within %.0f s and is asked again; ", drain_->who.text().c_str(),
                  in_seconds(settings_.drain_timeout));
  }
  return said;
}

std::string autoscaler::why_not_shrink(const observation& seen, const tally& now, bool over_ceiling) const {
  const std::uint32_t left = ordered_ - 1;
  if (now.leaving > 0) return "another is on its way out";
  if (ordered_ > now.staying) return words("%u that were ordered are not up yet", ordered_ - now.staying);
  if (!now.coolest) return "none of them can be taken away from here";
  if (over_ceiling) return {};
  if (now.suspects() > 0) return "none goes while a report is not believed";
  if (now.young) return "one came a moment ago";
  if (now.late > 0) return "rows are late";
  const local_minute at = local_of(seen);
  const auto peaks = settings_.days.around(at, settings_.quiet_before_peak, std::chrono::minutes(0));
  if (!peaks.empty()) return "the peak of " + peaks.front().which->text() + " is near";
  if (!window_.covers(seen.now - settings_.calm_time))
    return words("it has not been looked at for %.0f s yet", in_seconds(settings_.calm_time));
  const double most = window_.max_since(seen.now - settings_.calm_time);
  if (!carry_easily(most, left, settings_.target))
    return words("%u are to have less than %.2f for %.0f s, and it was up to %.2f", left,
                 shrink_margin * band_top(left, settings_.target) * left, in_seconds(settings_.calm_time),
                 most);
  if (drained_at_ && seen.now - *drained_at_ < settings_.drain_period) return "one left a moment ago";
  return {};
}

// What is said.

decision autoscaler::keep(const tally& now, cause why, std::string reason) {
  return with(now, verdict::hold, why, ordered_, std::move(reason));
}

decision autoscaler::with(const tally& now, verdict what, cause why, std::uint32_t wanted,
                          std::string reason) {
  decision made;
  made.what = what;
  made.why = why;
  ordered_ = wanted;
  made.ordered = {wanted, {}, attempt_};
  if (drain_) made.ordered.drained = drain_->who;
  made.unbounded = wanted;
  const bool just_asked = what == verdict::shrink;
  made.serving = now.staying - (just_asked ? 1 : 0);
  made.leaving = now.leaving + (just_asked ? 1 : 0);
  made.awaited = wanted > made.serving ? wanted - made.serving : 0;
  made.load = made.expected_load = load();
  made.reason = std::move(reason);
  if (made.orders()) account_.ordered(wanted);
  return made;
}

std::string autoscaler::bounds_text(std::uint32_t unbounded) const {
  const std::uint32_t most = nodes_ceiling(settings_);
  if (unbounded < settings_.nodes_min) return words(", the minimum is %u", settings_.nodes_min);
  if (unbounded <= most) return {};
  if (most == settings_.nodes_max) return words(", the maximum is %u", most);
  return words(", the budget of %.2f an hour pays for %u", settings_.budget_per_hour, most);
}

}  // namespace blotter::scale
