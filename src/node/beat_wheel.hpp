#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace blotter::node {

/// When each of many viewers is due, to a tenth of a second, at 8 bytes a viewer: a hashed timing wheel
/// (Varghese and Lauck 1987). Entries are never taken out: the caller ignores those of viewers that have
/// gone.
class beat_wheel {
 public:
  static constexpr milliseconds slot_time{100};
  /// Longest time ahead: one turn.
  static constexpr milliseconds span = slot_time * 511;

  struct entry {
    std::uint32_t viewer;
    std::uint32_t serial;
  };

  /// Due after `delay`, rounded to the slot and at least one, at most `span`, counted from the last
  /// `advance`: what is added again when it is due keeps its period exactly.
  void add(entry what, milliseconds delay) {
    const auto ahead =
        std::clamp<std::int64_t>(delay / slot_time, 1, static_cast<std::int64_t>(slots_.size()) - 1);
    slots_[(at_ + static_cast<std::size_t>(ahead)) % slots_.size()].push_back(what);
  }

  /// Calls `due(entry)` for all whose time has come; after a long pause for a whole turn at most.
  template <class Due>
  void advance(instant now, Due&& due) {
    if (last_ == instant{}) last_ = now;
    std::size_t turns = 0;
    while (now - last_ >= slot_time) {
      last_ += slot_time;
      if (++turns > slots_.size()) continue;
      at_ = (at_ + 1) % slots_.size();
      ready_.swap(slots_[at_]);
      for (const entry each : ready_) due(each);
      ready_.clear();
    }
  }

 private:
  std::array<std::vector<entry>, 512> slots_;
  std::vector<entry> ready_;
  std::size_t at_ = 0;
  instant last_{};
};

}  // namespace blotter::node
