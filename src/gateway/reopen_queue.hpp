#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.hpp"

namespace blotter::gateway {

/// Viewers that wait for a stream, and how fast they get one: those with a bookmark first, since they cost
/// little, each kind in the order in which they came. Two token buckets: snapshots have a quarter of the rate
/// and of the burst. Bounded by the viewers.
class reopen_queue {
 public:
  struct pace {
    double rate;   ///< a second
    double burst;  ///< at least 4
  };
  explicit reopen_queue(pace resumes)
      : resumes_{resumes.rate, resumes.burst, resumes.burst},
        snapshots_{resumes.rate / 4, resumes.burst / 4, resumes.burst / 4} {}

  struct entry {
    std::uint32_t viewer;
    std::uint32_t serial;  ///< tells it from others that had its number
  };
  enum class kind : bool { snapshot, resume };
  void push(entry what, kind how) { lane_of(how).waiting.push_back(what); }

  struct turn {
    entry who;
    kind how;
  };
  /// Whose turn it is now, if anybody's. It has its token, unless that is given back.
  std::optional<turn> next(instant now);
  void give_back(kind how) { lane_of(how).tokens += 1; }

  bool empty() const { return resumes_.waiting.empty() && snapshots_.waiting.empty(); }
  std::size_t size() const { return resumes_.waiting.size() + snapshots_.waiting.size(); }

 private:
  struct lane {
    double rate;
    double burst;
    double tokens;
    instant filled{};
    std::deque<entry> waiting = {};

    std::optional<entry> next(instant now);
  };
  lane& lane_of(kind how) { return how == kind::resume ? resumes_ : snapshots_; }

  lane resumes_;
  lane snapshots_;
};

}  // namespace blotter::gateway
