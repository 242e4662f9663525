#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "directory/placement_map.hpp"

namespace blotter::directory {

/// A map of placements within a test, that forgets by the test's time. Answers wait for `tick`, as no answer
/// comes before a call returns; its one user hears of every change, its own too.
class scripted_placements final : public placement_map {
 public:
  /// `user` outlives this, or all calls.
  explicit scripted_placements(placement_map_user& user) : user_(user) {}

  bool put_if_absent(map_call which, const std::string& client, const std::string& record, milliseconds life,
                     instant now) override;
  bool replace_if_same(map_call which, const std::string& client, const std::string& before,
                       const std::string& record, instant now) override;
  bool set_life(map_call which, const std::string& client, milliseconds life, instant now) override;

  /// Gives the answers that wait, and removes what is over its time.
  void tick(instant now);
  std::size_t size() const { return entries_.size(); }

 private:
  struct entry {
    std::string record;
    instant until{};
  };
  struct reply {
    enum class kind : std::uint8_t { put, replaced, life } of;
    map_call which;
    std::optional<std::string> before = {};  ///< of a put: what stands there
    bool replaced = false;
  };
  void write(const std::string& client, const std::string& record, instant until);
  void remove_first();
  void give(const reply& what, instant now);

  placement_map_user& user_;
  std::map<std::string, entry> entries_;
  std::set<std::pair<instant, std::string>> ends_;
  std::deque<reply> replies_;
  std::deque<std::pair<std::string, std::optional<std::string>>> changes_;  ///< to be told
};

inline bool scripted_placements::put_if_absent(map_call which, const std::string& client,
                                               const std::string& record, milliseconds life, instant now) {
  const auto found = entries_.find(client);
  const bool there = found != entries_.end() && now < found->second.until;
  replies_.push_back({reply::kind::put, which, there ? std::optional(found->second.record) : std::nullopt});
  if (there) return true;
  write(client, record, now + life);
  return true;
}

inline bool scripted_placements::replace_if_same(map_call which, const std::string& client,
                                                 const std::string& before, const std::string& record,
                                                 instant now) {
  const auto found = entries_.find(client);
  const bool same = found != entries_.end() && now < found->second.until && found->second.record == before;
  replies_.push_back({reply::kind::replaced, which, {}, same});
  if (same) write(client, record, found->second.until);
  return true;
}

inline bool scripted_placements::set_life(map_call which, const std::string& client, milliseconds life,
                                          instant now) {
  const auto found = entries_.find(client);
  replies_.push_back({reply::kind::life, which});
  if (found == entries_.end() || now >= found->second.until) return true;
  ends_.erase({found->second.until, client});
  found->second.until = now + life;
  ends_.emplace(now + life, client);
  return true;
}

inline void scripted_placements::tick(instant now) {
  while (!ends_.empty() && now >= ends_.begin()->first) remove_first();
  for (const reply& each : std::exchange(replies_, {})) give(each, now);
  for (const auto& [client, record] : std::exchange(changes_, {})) user_.placement_written(client, record);
}

inline void scripted_placements::give(const reply& what, instant now) {
  switch (what.of) {
    case reply::kind::put:
      return user_.put_answered(what.which, what.before, now);
    case reply::kind::replaced:
      return user_.replace_answered(what.which, what.replaced, now);
    case reply::kind::life:
      return user_.life_answered(what.which, now);
  }
}

inline void scripted_placements::write(const std::string& client, const std::string& record, instant until) {
  entry& mine = entries_[client];
  ends_.erase({mine.until, client});
  mine = {record, until};
  ends_.emplace(until, client);
  changes_.emplace_back(client, record);
}

inline void scripted_placements::remove_first() {
  const auto first = ends_.extract(ends_.begin());
  entries_.erase(first.value().second);
  changes_.emplace_back(first.value().second, std::nullopt);
}

}  // namespace blotter::directory
