#include "directory/topic_guard.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>

namespace blotter::directory {

namespace {

/// The one of most routers; empty where none names one.
std::string prevailing(std::span<const member> all) {
  std::map<std::string, std::size_t> routers;
  for (const member& each : all)
    if (!each.topic.empty()) ++routers[each.topic];
  std::string best;
  std::size_t most = 0;
  for (const auto& [topic, count] : routers) {
    if (count <= most) continue;
    best = topic;
    most = count;
  }
  return best;
}

}  // namespace

std::vector<member> topic_guard::keep(std::vector<member> all) {
  if (!for_good_ && std::ranges::find(all, topic_, &member::topic) == all.end()) topic_.clear();
  if (topic_.empty()) topic_ = prevailing(all);
  set_aside_.clear();
  for (const member& each : all)
    if (is_stranger(each)) set_aside_.push_back({each.id.text(), each.topic});
  std::erase_if(all, [this](const member& each) { return is_stranger(each); });
  return all;
}

void topic_guard::linked(const member& router) {
  if (!router.topic.empty() && router.topic == topic_) for_good_ = true;
}

}  // namespace blotter::directory
