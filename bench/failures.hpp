#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "child.hpp"
#include "producer.hpp"
#include "readers.hpp"

// What viewers feel when a part of a cluster fails: the longest that any row of each was under way.

namespace bench {

/// A member of the cluster whose directory is `grid`, on a port of its own.
inline std::unique_ptr<child> start_member(const std::string& binary, const std::string& grid,
                                           std::vector<std::string> words) {
  for (const std::string each : {"--directory", grid.c_str(), "--http", "127.0.0.1:0"}) words.push_back(each);
  words.insert(words.begin(), binary);
  return std::make_unique<child>(words, "listening on http://");
}

inline std::string events_path(unsigned i) {
  char text[64];
  std::snprintf(text, sizeof text, "/v1/clients/client-%05u/events?beat=30", i + 1);
  return text;
}

inline std::uint16_t port_of(const child& one) {
  const std::string text = one.said().substr(0, one.said().find(','));
  return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
}

/// The longest that a row of each viewer of this member was under way; of everybody's, where it is empty.
inline std::vector<std::int64_t> worst_of(const readers& all, const std::vector<std::string>& members,
                                          const std::string& member) {
  std::vector<std::int64_t> worst;
  for (unsigned i = 0; i < members.size(); ++i)
    if ((member.empty() || members[i] == member) && all.stories[i].worst > 0)
      worst.push_back(all.stories[i].worst);
  return worst;
}

inline std::vector<std::string> members_of(const readers& all) {
  std::vector<std::string> members;
  for (const auto& each : all.stories) members.push_back(each.member);
  return members;
}

inline void begin_again(readers& all) {
  for (auto& each : all.stories) each.worst = each.resets = each.stale = 0;
  all.delays.clear();
}

/// `act`, and so many seconds of what follows, for the viewers of this member.
inline void measure(const char* what, readers& all, const std::string& member, const auto& act,
                    double seconds = 5) {
  const auto members = members_of(all);
  begin_again(all);
  const unsigned broken = all.broken;
  all.run(3);
  auto before = worst_of(all, members, member);
  begin_again(all);
  act();
  all.run(seconds);
  auto after = worst_of(all, members, member);
  unsigned resets = 0, stale = 0, moved = 0;
  for (unsigned i = 0; i < members.size(); ++i) moved += members[i] != all.stories[i].member;
  for (const auto& each : all.stories) resets += each.resets, stale += each.stale;
  std::printf("%s, %zu viewers: latest row of each: %s\n", what, after.size(), spread(after).c_str());
  std::printf("  in three seconds before: %s\n", spread(before).c_str());
  std::printf("  %u connections lost, %u resets, %u told stale, %u moved\n", all.broken - broken, resets,
              stale, moved);
  std::fflush(stdout);
}

}  // namespace bench
