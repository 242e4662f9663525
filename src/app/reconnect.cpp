#include "app/reconnect.hpp"

#include <algorithm>

namespace blotter::app {

void reconnect::asked_for(milliseconds retry) {
  base_ = std::clamp(retry, milliseconds(10), ceiling_max);
}

milliseconds reconnect::next(random_source& chance) {
  const milliseconds ceiling = std::min(ceiling_max, base_ * (std::int64_t{1} << std::min(failures_, 12u)));
  ++failures_;
  const milliseconds least = overloaded_ ? base_ : milliseconds(0);
  overloaded_ = false;
  return least + milliseconds(chance.below(static_cast<std::uint64_t>(ceiling.count()) + 1));
}

}  // namespace blotter::app
