#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/time.hpp"

namespace blotter::gateway {

/// Nodes that are lost again and again get no new clients for growing times. A node is known by its address,
/// which it keeps when it restarts under another member id. Bounded: what has been well for long is
/// forgotten.
class hold_down {
 public:
  struct limits {
    milliseconds first;
    milliseconds max;
  };
  hold_down(limits within, std::uint64_t seed) : limits_(within), random_(seed) {}

  /// It was lost. Losses within 30 s are one: a node comes back in several steps, and has several cores.
  void lost(std::string_view address, instant now);
  bool holds(std::string_view address, instant now) const;

 private:
  struct entry {
    std::uint32_t losses = 0;  ///< that are not forgiven
    instant last{};            ///< when one was counted
    instant until{};
  };
  void forgive(instant now);

  limits limits_;
  random_source random_;
  std::map<std::string, entry, std::less<>> entries_;
};

}  // namespace blotter::gateway
