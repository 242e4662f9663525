#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace blotter::gateway {

/// Which links were not heard for too long. Suspicion is this gateway's own and can be taken back. A gateway
/// that itself stood still does not count that time; one that finds most of its nodes quiet takes itself for
/// the sick one, and waits. Links are numbered by their owner, closely; so are nodes.
class link_watch {
 public:
  struct limits {
    milliseconds quiet;    ///< silence from which on what it carries may be behind
    milliseconds suspect;  ///< silence from which on a link is no good sign, and its streams move
    milliseconds dead;     ///< and this, while the gateway suspects itself
  };
  explicit link_watch(limits within) : limits_(within) {}

  void add(std::uint32_t link, std::uint32_t node, instant now);
  void remove(std::uint32_t link);
  void heard(std::uint32_t link, instant now);
  /// Others say that its node has gone, and it was not heard for two heartbeats: it is suspect from now on.
  /// False where it was.
  bool condemn(std::uint32_t link, instant now);

  enum class health : std::uint8_t {
    well,
    quiet,   ///< missed two heartbeats: no good sign, and no suspicion either
    silent,  ///< no good sign any more, but not to be left: the gateway suspects itself
    suspect
  };
  health of(std::uint32_t link) const { return entries_[link].is; }
  /// It may be given streams: it is not suspected of anything.
  bool trusted(std::uint32_t link) const { return entries_[link].is <= health::quiet; }
  /// The last time that it was heard, later by as long as the gateway stood still since.
  instant last_heard(std::uint32_t link) const { return entries_[link].heard; }

  struct change {
    std::uint32_t link;
    health was;
  };
  /// The links whose health has changed. At least every 100 ms.
  const std::vector<change>& tick(instant now);
  bool suspects_itself() const { return suspects_itself_; }

 private:
  struct entry {
    bool used = false;
    health is = health::well;
    std::uint32_t node = 0;
    instant heard{};
    instant resumed{};  ///< when it spoke again after a silence
  };
  void skip_own_stall(instant now);
  bool most_are_quiet(instant now) const;
  health judge(entry& one, instant now) const;

  limits limits_;
  std::vector<entry> entries_;
  std::vector<change> changed_;
  instant ticked_{};
  bool suspects_itself_ = false;
};

}  // namespace blotter::gateway
