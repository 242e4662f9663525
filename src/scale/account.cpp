#include "scale/account.hpp"

#include <algorithm>

namespace blotter::scale {

void account::add(instant now, std::uint32_t nodes, std::uint32_t serving, std::uint32_t demand) {
  const instant before = at_.value_or(now);
  at_ = now;
  if (now - before > gap_max) return;
  const double seconds = std::chrono::duration<double>(now - before).count();
  const double needed = std::max(1u, demand);
  seconds_ += seconds;
  used_ += seconds * nodes;
  ideal_ += seconds * needed;
  if (serving < demand) {
    missing_ += seconds * (needed - serving) / needed;
    time_missing_ += seconds;
  } else if (serving > demand) {
    beyond_ += seconds * (serving - needed) / needed;
    time_beyond_ += seconds;
  }
}

void account::ordered(std::uint32_t wanted) {
  const std::uint32_t before = wanted_.value_or(wanted);
  wanted_ = wanted;
  if (wanted == before) return;
  const int direction = wanted > before ? 1 : -1;
  if (direction_ != 0 && direction != direction_) ++turns_;
  direction_ = direction;
}

}  // namespace blotter::scale
