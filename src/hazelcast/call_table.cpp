#include "hazelcast/call_table.hpp"

#include <utility>

namespace blotter::hazelcast {

std::int64_t call_table::add(pending_call what) {
  under_way_.emplace(++last_id_, std::move(what));
  return last_id_;
}

std::optional<pending_call> call_table::take(std::int64_t correlation, wire_id on) {
  const auto found = under_way_.find(correlation);
  if (found == under_way_.end() || found->second.on != on) return std::nullopt;
  pending_call out = std::move(found->second);
  under_way_.erase(found);
  return out;
}

template <class Which>
std::vector<pending_call> call_table::extract(Which which) {
  std::vector<pending_call> out;
  for (auto each = under_way_.begin(); each != under_way_.end();) {
    if (!which(each->second)) {
      ++each;
      continue;
    }
    out.push_back(std::move(each->second));
    each = under_way_.erase(each);
  }
  return out;
}

std::vector<pending_call> call_table::overdue(instant now) {
  auto out = extract([now](const pending_call& each) { return each.deadline <= now; });
  for (auto each = waiting_.begin(); each != waiting_.end();) {
    if (each->deadline > now) {
      ++each;
      continue;
    }
    out.push_back(std::move(*each));
    each = waiting_.erase(each);
  }
  return out;
}

std::vector<pending_call> call_table::due_again(instant now) {
  std::vector<pending_call> out;
  for (auto each = waiting_.begin(); each != waiting_.end();) {
    if (each->again > now) {
      ++each;
      continue;
    }
    out.push_back(std::move(*each));
    each = waiting_.erase(each);
  }
  return out;
}

std::vector<pending_call> call_table::of(wire_id lost) {
  return extract([lost](const pending_call& each) { return each.on == lost; });
}

void call_table::clear() {
  under_way_.clear();
  waiting_.clear();
}

void call_table::forgive(instant::duration gap) {
  for (auto& [id, each] : under_way_) each.deadline += gap;
  for (pending_call& each : waiting_) each.deadline += gap;
}

}  // namespace blotter::hazelcast
