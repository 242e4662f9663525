#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "scale/account.hpp"
#include "scale/decision.hpp"
#include "scale/load_history.hpp"
#include "scale/load_window.hpp"
#include "scale/report_book.hpp"
#include "scale/scale_settings.hpp"

namespace blotter::scale {

/// What an autoscaler sees at one moment.
struct observation {
  instant now{};
  wall_time wall{};
  /// What the time of the market is ahead of UTC at this moment.
  std::chrono::minutes utc_offset{0};
  bool directory_reachable = true;
  /// Whether it is this one that decides.
  bool leads = true;
  std::string_view leader = {};  ///< who does, where it is another
  std::span<const seen_node> nodes;
};

/// Decides how many nodes there are to be, and who is to leave.
///
///  - Up at once and by the whole gap, at most to twice as many in one step; down one by one, after a calm,
///  and only what the others carry easily even with one more of them lost.
///  - What is ordered counts as there until it is given up, so that nothing is ordered twice.
///  - Trend, earlier days and known peaks may raise the number, never lower it.
///  - Rows that are late while nodes have time are not a matter of size: it says so, and holds.
///  - A report that cannot be is set aside, and its node counted as the mean of the others; while one is,
///  nothing shrinks, and while half of them are, nothing changes.
///  - The maximum and the budget are kept whatever is wanted. Nodes beyond them that it never ordered leave
///  one by one.
///
/// A value of one core. Bounded by the nodes that it is shown.
class autoscaler {
 public:
  /// `settings` have no problem.
  explicit autoscaler(scale_settings settings, load_history history = {});

  /// About once a second, and at least three times in `period`. A decision once a period, none in between;
  /// the first one a period after the first call, since before that no more is known than one report each.
  std::optional<decision> look(const observation& seen);

  const decision& last() const { return last_; }
  const account& accounts() const { return account_; }
  const load_history& history() const { return history_; }
  const scale_settings& settings() const { return settings_; }
  /// Nodes that were ordered and never came.
  std::uint64_t given_up() const { return given_up_; }
  /// By fault, how many of the nodes' reports are set aside now.
  const std::array<std::uint32_t, report_faults>& faults() const { return faults_; }

 private:
  struct tally;
  struct need;
  /// Whether rows are late, and if so whether for want of nodes.
  struct freshness {
    bool late = false;
    bool by_size = false;
    std::string text = {};
  };

  tally count(const observation& seen);
  void add_report(const directory::load_report& load, tally& to) const;
  void notice(const observation& seen, const tally& now);
  void sample(const observation& seen, const tally& now);
  double load() const;

  decision decide(const observation& seen, const tally& now);
  decision size(const observation& seen, const tally& now);
  std::string give_up(instant now, const tally& of);
  need needed(const observation& seen, const tally& now, const freshness& rows) const;
  freshness look_at_freshness(const tally& now) const;
  void reckon_trend(const observation& seen, need& more) const;
  void reckon_earlier_days(const observation& seen, need& more) const;
  void reckon_peaks(const observation& seen, need& more) const;
  std::string why_not_shrink(const observation& seen, const tally& now, bool over_ceiling) const;
  decision keep(const tally& now, cause why, std::string reason);
  decision with(const tally& now, verdict what, cause why, std::uint32_t wanted, std::string reason);
  std::string bounds_text(std::uint32_t unbounded) const;

  const scale_settings settings_;
  load_history history_;
  report_book reports_;
  load_window window_;
  account account_;
  decision last_;
  std::array<std::uint32_t, report_faults> faults_{};

  struct moment {
    instant at;
    double load;
    bool late;
  };
  std::deque<moment> recent_;
  std::optional<instant> began_;
  std::optional<instant> decided_at_;

  std::uint32_t ordered_ = 0;  ///< 0: nothing yet
  std::uint32_t staying_before_ = 0;
  instant progress_at_{};  ///< when something was ordered or came, or nothing was missing
  std::uint64_t attempt_ = 0;
  std::uint64_t given_up_ = 0;
  struct drain {
    directory::member_id who;
    instant asked;
  };
  std::optional<drain> drain_;
  std::optional<instant> drained_at_;
};

}  // namespace blotter::scale
