#include "gateway/hold_down.hpp"

#include <algorithm>

namespace blotter::gateway {

namespace {

constexpr std::chrono::seconds one_loss{30};
constexpr std::uint32_t doublings_max = 16;

}  // namespace

void hold_down::lost(std::string_view address, instant now) {
  forgive(now);
  entry& mine = entries_.try_emplace(std::string(address)).first->second;
  if (mine.losses > 0 && now - mine.last < one_loss) return;
  mine.losses = std::min(mine.losses + 1, doublings_max);
  mine.last = now;
  const milliseconds whole = std::min(limits_.first * (1 << (mine.losses - 1)), limits_.max);
  const auto fifth = static_cast<std::uint64_t>(whole.count() / 5);
  mine.until = now + whole - whole / 5 + milliseconds(random_.below(2 * fifth + 1));
}

bool hold_down::holds(std::string_view address, instant now) const {
  const auto found = entries_.find(address);
  return found != entries_.end() && now < found->second.until;
}

/// One loss for each four `first` that went by since it could be used again.
void hold_down::forgive(instant now) {
  for (auto& [address, mine] : entries_) {
    while (mine.losses > 0 && now - mine.until >= 4 * limits_.first) {
      --mine.losses;
      mine.until += 4 * limits_.first;
    }
  }
  std::erase_if(entries_, [&](const auto& each) {
    return each.second.losses == 0 && now - each.second.last >= one_loss;
  });
}

}  // namespace blotter::gateway
