#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "feed/reject.hpp"

namespace blotter::feed {

/// How many records were refused, by reason. Written by the source's thread alone; any thread may read.
class reject_counters {
 public:
  void add(reject_reason reason) {
    auto& count = counts_[static_cast<std::size_t>(reason)];
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  std::uint64_t of(reject_reason reason) const {
    return counts_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
  }
  std::uint64_t total() const;

 private:
  std::array<std::atomic<std::uint64_t>, reject_reason_bound> counts_{};
};

/// Decides which rejects are worth a line of log: the first few of each reason, then one of each reason a
/// period. A topic of nothing but garbage so costs at most a line per reason and period.
class reject_sampler {
 public:
  struct options {
    std::uint64_t first = 5;      ///< of each reason, logged each
    milliseconds period{10'000};  ///< between further ones of the same reason
  };
  explicit reject_sampler(options limits) : limits_(limits) {}

  /// Nothing: stay silent. Else log, and say how many of this reason were not logged since the last that was.
  std::optional<std::uint64_t> sample(reject_reason reason, instant now);

 private:
  struct history {
    std::uint64_t seen = 0;
    std::uint64_t silent = 0;
    instant logged;
  };
  options limits_;
  std::array<history, reject_reason_bound> by_reason_{};
};

/// Where refused records are kept for whoever wants to look at them: a topic or a file. Called on the
/// source's thread; must not block for long and never throws: what it cannot keep it drops and counts.
class dead_letter {
 public:
  virtual ~dead_letter() = default;
  virtual void put(const raw_record& record, reject_reason reason, instant now) = 0;
};

/// All that happens to a refused record: it is counted, sampled for the log, and given to the dead letters
/// where there are any. One source's, on its thread; the counters may be read from any.
class reject_ledger {
 public:
  /// Takes a line of log, without line break.
  using log_hook = std::function<void(std::string_view)>;

  /// `letters` may be null, `log` empty. Both outlive the ledger.
  explicit reject_ledger(dead_letter* letters = nullptr, log_hook log = {},
                         reject_sampler::options sampling = {});

  void note(const raw_record& record, reject_reason reason, instant now);
  const reject_counters& counters() const { return counters_; }

 private:
  dead_letter* letters_;
  log_hook log_;
  reject_sampler sampler_;
  reject_counters counters_;
};

}  // namespace blotter::feed
