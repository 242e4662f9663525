#pragma once

#include <algorithm>

#include "base/random.hpp"
#include "base/time.hpp"

namespace blotter::link {

/// How long to wait before a lost link is tried again. Full jitter: anywhere between nothing and a ceiling
/// that doubles with each failure, so that the nodes that lost one router do not return as one.
class redial {
 public:
  struct limits {
    milliseconds first{100};
    milliseconds ceiling_max{5'000};
  };
  explicit redial(limits within) : limits_(within) {}

  /// The peer was one to work with: the next failure is the first again. Not said at a mere hello, or a
  /// router that takes links and drops them at once would be asked without end.
  void succeeded() { ceiling_ = {}; }
  milliseconds next(random_source& chance) {
    ceiling_ = std::clamp(ceiling_ * 2, limits_.first, limits_.ceiling_max);
    return milliseconds(chance.below(static_cast<std::uint64_t>(ceiling_.count()) + 1));
  }

 private:
  limits limits_;
  milliseconds ceiling_{};
};

}  // namespace blotter::link
