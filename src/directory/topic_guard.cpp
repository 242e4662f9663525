#include "directory/topic_guard.hpp"

#include <compare>
#include <cstddef>
#include <utility>

namespace blotter::directory {

/// What a router did before this process saw it says nothing of whether it lives.
void topic_guard::follow(const std::vector<member>& all) {
  const bool first = routers_.empty();
  std::map<member_id, trace> now;
  for (const member& each : all) {
    if (each.topic.empty()) continue;
    const auto before = routers_.find(each.id);
    const bool known = before != routers_.end();
    const bool moved = known && (before->second.lives || before->second.report != each.load.number);
    now.emplace(each.id, trace{each.load.number, known ? moved : !first});
  }
  routers_ = std::move(now);
}

void topic_guard::choose(const std::vector<member>& all) {
  struct weight {
    bool lives = false;
    bool present = false;  ///< it is the one of before
    std::size_t routers = 0;
    auto operator<=>(const weight&) const = default;
  };
  std::map<std::string, weight> topics;
  for (const member& each : all) {
    if (each.topic.empty()) continue;
    weight& its = topics[each.topic];
    its.lives = its.lives || routers_.at(each.id).lives;
    its.present = each.topic == topic_;
    ++its.routers;
  }
  topic_.clear();
  weight best;
  for (const auto& [topic, its] : topics) {
    if (its <= best) continue;
    best = its;
    topic_ = topic;
  }
}

std::vector<member> topic_guard::keep(std::vector<member> all) {
  if (!for_good_) {
    follow(all);
    choose(all);
  }
  set_aside_.clear();
  for (const member& each : all)
    if (is_stranger(each)) set_aside_.push_back({each.id.text(), each.topic});
  std::erase_if(all, [this](const member& each) { return is_stranger(each); });
  return all;
}

void topic_guard::linked(const member& router) {
  if (router.topic.empty() || router.topic != topic_) return;
  for_good_ = true;
  routers_.clear();
}

}  // namespace blotter::directory
